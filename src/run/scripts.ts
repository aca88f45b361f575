/** The constant shell around programs: it goes in argv, so nothing of a config is in it but safe names, and no secret ever. */
import {readFrame} from './frames.ts';

const opening = `set -uf
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
 * `sh -c startScript sh UNIT FENCE SECONDS`, a frame on stdin: lays the program down and starts it as a unit, once: asked again with the same
 * fence (a line was lost in between), it only follows.
 */
export const startScript = String.raw`${opening}${follow}
unit=$1 fence=$2 d=/run/kubestrap/$1
[ -d /run/systemd/system ] || { echo '! systemd does not run on this machine'; exit 69; }
mkdir -p -m 0700 /run/kubestrap
in=$(mktemp -d /run/kubestrap/.in.XXXXXXXX) || { echo '! no folder can be made in /run/kubestrap'; exit 73; }
trap 'rm -rf "$in"' EXIT
${readFrame}
exec 9>>/run/kubestrap/.lock
flock -w 30 9 || { echo '! another start on this machine does not end'; exit 75; }
if [ "$(cat "$d/fence" 2>/dev/null)" != "$fence" ] || [ ! -e "$d/started" ]; then
	if systemctl is-active -q -- "$unit.service"; then echo "! $unit still runs for another run"; exit 75; fi
	rm -rf "$d"
	echo "$fence" >"$in/fence"
	: >"$in/log"
	mv -T "$in" "$d"
	systemd-run -q --collect --unit="$unit" --service-type=exec -p RuntimeMaxSec="$3" -p TimeoutStopSec=10 -p TasksMax=infinity \
		-p StandardOutput=null -p "StandardError=append:$d/err" /bin/sh "$d/program" "$d" apply "$fence" "$unit" 2>"$d/why" 9>&- ||
		{ echo "! systemd did not start the program: $(tail -n 3 "$d/why" | tr '\n' ' ')"; exit 71; }
	: >"$d/started"
fi
exec 9>&-
echo '+ began'
follow "$unit" 0
`;

/** `sh -c stopScript sh UNIT`: ends a unit and waits until nothing of it lives. */
export const stopScript = `${opening}systemctl stop -- "$1.service"`;

/** `sh -c sweepScript sh UNIT…`: takes the folders of settled units away. */
export const sweepScript = `${opening}
for unit; do
	systemctl is-active -q -- "$unit.service" || rm -rf "/run/kubestrap/$unit"
done
`;

/** `sh -c observeScript`, a frame on stdin: the program looks and changes nothing; what it said is on stdout. */
export const observeScript = `${opening}
in=$(mktemp -d /run/kubestrap-observe.XXXXXXXX) || { echo '! no folder can be made in /run'; exit 73; }
trap 'rm -rf "$in"' EXIT
trap 'exit 130' HUP INT TERM
${readFrame}
sh "$in/program" "$in" observe - - </dev/null
echo "@ end $?"
`;

/**
 * `sh -c listScript`: every unit that left something here, `unit NAME active|rc|gone`, and who holds the session: `session held RUN PID SINCE WHO`.
 * Folders that a cut connection left are taken away when nobody holds the session.
 */
export const listScript = `${opening}
S=/var/lib/kubestrap
held=free
if [ -e "$S/session.lock" ] && ! flock -n "$S/session.lock" true; then held="held $(cat "$S/session" 2>/dev/null)"; fi
echo "session $held"
set +f
for d in /run/kubestrap/kubestrap-*/; do
	[ -d "$d" ] || continue
	unit=${'$'}{d%/}
	unit=${'$'}{unit##*/}
	if systemctl is-active -q -- "$unit.service"; then echo "unit $unit active"
	elif [ -e "$d/rc" ]; then echo "unit $unit rc"
	else echo "unit $unit gone"
	fi
done
if [ "$held" = free ]; then rm -rf /run/kubestrap/.in.* /run/kubestrap-observe.*; fi
`;

/** `sh -c leaseScript sh RUN WHO`: takes the node's session for as long as stdin gives a sign of life, and says its fence. */
export const leaseScript = `${opening}
run=$1 who=$2
mkdir -p -m 0700 /var/lib/kubestrap && cd /var/lib/kubestrap || { echo '! /var/lib/kubestrap cannot be made'; exit 73; }
exec 7>>session.lock
known=- pid=
if ! flock -w 2 7; then
	read -r known pid since by <session
	if [ "$known" != "$run" ]; then echo "held $known $pid $since $by"; exit 75; fi
	kill "$pid"
	flock -w 10 7 || { echo "held $known $pid $since $by"; exit 75; }
fi
[ -e session ] && read -r known pid rest <session
fence=0
[ -e fence ] && read -r fence <fence
if [ "$known" != "$run" ]; then
	fence=$((fence + 1))
	echo "$fence" >fence.new && mv fence.new fence || { echo '! the fence cannot be written: is the disk full or read-only?'; exit 73; }
fi
echo "$run $$ $(date -u +%FT%TZ) $who" >session.new && mv session.new session || { echo '! the session cannot be written'; exit 73; }
if [ "$known" != "$run" ] && ! flock -w 60 lock true 7>&-; then echo '! work of an earlier run does not end'; exit 75; fi
echo "fence $fence"
while sign=$(timeout 45 head -c 1 7>&-) && [ -n "$sign" ]; do :; done
`;
