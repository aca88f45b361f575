/** The constant shell around programs: it goes in argv, so nothing of a config is in it but safe names, and no secret ever. */
import {readFrame} from './frames.ts';

/** `mine` → whether `$fence` of `$run` is still the node's; `$held`, `$holder`: whose it is. */
const owner = `mine() {
	held=none holder=
	[ ! -e /var/lib/kubestrap/fence ] || read -r held holder rest </var/lib/kubestrap/fence
	[ "$held $holder" = "$fence $run" ]
}
`;

export const opening = `set -uf
umask 077
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
`;

/** `follow UNIT OFFSET`: the log from a byte on, until the unit's process is dead; then how it ended, which systemd does not know any more. */
const follow = `
follow() {
	d=/run/kubestrap/$1
	pid=$(systemctl show -p MainPID --value -- "$1.service")
	case $pid in
	'' | 0) if [ -e "$d/log" ]; then tail -c "+$(($2 + 1))" "$d/log"; fi ;;
	*) tail -c "+$(($2 + 1))" -s 0.1 --pid="$pid" -f "$d/log" ;;
	esac
	alive=$(systemctl is-active -- "$1.service")
	if [ -e "$d/rc" ]; then echo "< rc $(cat "$d/rc")"
	else
		case $alive in
		active | activating | deactivating) sleep 0.2; echo '< again' ;;
		*) tail -n 5 "$d/err" 2>/dev/null | sed 's/^/| - /'; echo '< gone' ;;
		esac
	fi
}
`;

/** `sh -c followScript sh UNIT OFFSET` */
export const followScript = `${opening}${follow}follow "$1" "$2"`;

/**
 * `sh -c startScript sh UNIT FENCE SECONDS RUN`, a frame on stdin: lays the program down and starts it as a unit, once: asked again with the same
 * fence (a line was lost in between), it only follows. Where another run has the node by now, nothing is written at all.
 */
export const startScript = String.raw`${opening}${follow}
unit=$1 fence=$2 run=$4 d=/run/kubestrap/$1
${owner}mine || { echo "! another run has this machine now: $held $holder"; exit 76; }
[ -d /run/systemd/system ] || { echo '! systemd does not run on this machine'; exit 69; }
mkdir -p -m 0700 /run/kubestrap
in=$(mktemp -d /run/kubestrap/.in.XXXXXXXX) || { echo '! no folder can be made in /run/kubestrap'; exit 73; }
trap 'rm -rf "$in"' EXIT
${readFrame}
exec 9>>/run/kubestrap/.lock
flock -w 30 9 || { echo '! another start on this machine does not end'; exit 75; }
mine || { echo "! another run has this machine now: $held $holder"; exit 76; }
if [ "$(cat "$d/fence" 2>/dev/null)" != "$fence $run" ] || [ ! -e "$d/started" ]; then
	if systemctl is-active -q -- "$unit.service"; then echo "! $unit still runs for another run"; exit 75; fi
	rm -rf "$d"
	echo "$fence $run" >"$in/fence"
	: >"$in/log"
	mv -T "$in" "$d"
	systemd-run -q --collect --unit="$unit" --service-type=exec -p RuntimeMaxSec="$3" -p TimeoutStopSec=10 -p TasksMax=infinity \
		-p StandardOutput=null -p "StandardError=append:$d/err" /bin/sh "$d/program" "$d" apply "$fence" "$unit" "$run" 2>"$d/why" 9>&- ||
		{ echo "! systemd did not start the program: $(tail -n 3 "$d/why" | tr '\n' ' ')"; exit 71; }
	: >"$d/started"
fi
exec 9>&-
echo '+ began'
follow "$unit" 0
`;

/**
 * `sh -c haltScript sh UNIT`: the unit ends after its step at work. `halting`, or `over` when it has ended; nothing where it has not begun.
 */
export const haltScript = `${opening}d=/run/kubestrap/$1
[ -e "$d/started" ] || systemctl is-active -q -- "$1.service" || exit 0
if [ -e "$d/rc" ]; then echo over; else : >"$d/stop" && echo halting; fi
`;

/** `sh -c stopScript sh UNIT`: ends a unit and waits until nothing of it lives. */
export const stopScript = `${opening}systemctl stop -- "$1.service"`;

/** `sh -c giveUpScript sh UNIT INDEX`: the wait at that step shall not go on. Where the unit is over already, nothing happens. */
export const giveUpScript = `${opening}[ -d "/run/kubestrap/$1" ] && : >"/run/kubestrap/$1/vain.$2"`;

/** `sh -c sweepScript sh FENCE RUN UNIT…`: takes the folders of ended units away; with a fence only those that are still that run's. */
export const sweepScript = `${opening}
fence=$1 run=$2
shift 2
for unit; do
	d=/run/kubestrap/$unit
	[ "$fence" = - ] || [ "$(cat "$d/fence" 2>/dev/null)" = "$fence $run" ] || continue
	systemctl is-active -q -- "$unit.service" || rm -rf "$d"
done
`;

/** `sh -c observeScript`, a frame on stdin: the program looks and changes nothing; what it said is on stdout. */
export const observeScript = `${opening}
in=$(mktemp -d /run/kubestrap-observe.XXXXXXXX) || { echo '! no folder can be made in /run'; exit 73; }
trap 'rm -rf "$in"' EXIT
trap 'exit 130' HUP INT TERM
exec 9<"$in"
flock -n 9
${readFrame}
sh "$in/program" "$in" observe - - </dev/null
echo "@ end $?"
`;
