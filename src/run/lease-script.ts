/** The constant shell that holds a node for a run, and says who holds it. Values come as arguments, signs of life on stdin. */
import {mending} from '../steps/mending.ts';
import {opening} from './scripts.ts';

/** A journal that has grown beyond this is cut to its last runs, in bytes. */
const longest = 1024 * 1024;
const kept = 256 * 1024;

/** What the last run on this node came to, where it did not end well: `earlier RUN`, `steps DONE`, `last STEP`, lines of the journal. */
const earlier = `
earlier() {
	[ -e journal.ndjson ] || return
	from=$(grep -an '^{"event":"run",' journal.ndjson | tail -n 1)
	[ -n "$from" ] || return
	tail -n "+\${from%%:*}" journal.ndjson >/run/kubestrap/.earlier || return
	grep -aq '^{"event":"over",.*"result":"done"' /run/kubestrap/.earlier || {
		echo "earlier \${from#*:}"
		grep -a '^{"event":"over",' /run/kubestrap/.earlier | tail -n 1 | sed 's/^/over /'
		echo "steps $(grep -ac '"event":"changed"' /run/kubestrap/.earlier)"
		grep -a '^{"unit":' /run/kubestrap/.earlier | tail -n 1 | sed 's/^/last /'
	}
	rm -f /run/kubestrap/.earlier
}
# Cut by lines, to the first run that is in it whole.
trim() {
	[ "$(stat -c %s journal.ndjson 2>/dev/null || echo 0)" -gt ${longest} ] || return 0
	if tail -c ${kept} journal.ndjson | sed 1d >journal.cut && if grep -aq '^{"event":"run",' journal.cut; then sed -n '/^{"event":"run",/,$p' journal.cut; else cat journal.cut; fi >journal.new && sync journal.new
	then mv journal.new journal.ndjson && sync .
	fi
	rm -f journal.cut journal.new
}
`;

/**
 * `sh -c leaseScript sh RUN WHO VERB FENCE`: takes the node's session for as long as stdin gives a sign of life, and says its fence. FENCE is `-` the
 * first time; after a lost line it is the number that the run had: when another run has been here since, `over NUMBER RUN` is said and nothing
 * is written. A sign other than `.` is the run's own word on how it ended: d done, f failed, i interrupted.
 */
export const leaseScript = `${opening}${mending}${earlier}
run=$1 who=$2 verb=$3 had=$4
S=/var/lib/kubestrap
heard() { while sign=$(timeout 45 head -c 1 7>&-) && [ "$sign" = . ]; do : >/run/kubestrap/.heard; done; }
mkdir -p -m 0700 /run/kubestrap
if [ "$had" != - ]; then
	# Our own reset takes the record away before its end.
	if [ ! -d "$S" ]; then echo "fence $had"; heard; exit 0; fi
	held=none holder=
	[ ! -e $S/fence ] || read -r held holder rest <$S/fence
	[ "$held $holder" = "$had $run" ] || { echo "over $held $holder"; exit 76; }
fi
mkdir -p -m 0700 "$S" && cd "$S" || { echo "! $S cannot be made"; exit 73; }
exec 7>>session.lock
known=- pid=
if ! flock -w 2 7; then
	read -r known pid since by <session
	if [ "$known" != "$run" ]; then echo "held $known $pid $since $by"; exit 75; fi
	kill "$pid"
	flock -w 10 7 || { echo "held $known $pid $since $by"; exit 75; }
fi
[ session.lock -ef /proc/$$/fd/7 ] || { echo 'held - - - a run that has just taken its record away'; exit 75; }
if [ "$had" = - ]; then
	fence=0
	[ -e fence ] && read -r fence rest <fence
	case $fence in '' | *[!0-9]*) fence=0 ;; esac
	fence=$((fence + 1))
	echo "$fence $run" >fence.new && sync fence.new && mv fence.new fence && sync . || { echo '! the fence cannot be written: is the disk full or read-only?'; exit 73; }
else
	read -r held holder rest <fence
	[ "$held $holder" = "$had $run" ] || { echo "over $held $holder"; exit 76; }
	fence=$had
fi
echo "$run $$ $(date -u +%FT%TZ) $who" >session.new && mv session.new session || { echo '! the session cannot be written'; exit 73; }
: >/run/kubestrap/.heard
if [ "$had" = - ]; then
	flock -w 60 lock true 7>&- || { echo '! work of an earlier run does not end'; exit 75; }
	mend ./journal.ndjson
	trim
	earlier
	jot ./journal.ndjson "$(printf '{"event":"run","run":"%s","verb":"%s","by":"%s","fence":%s,"at":%s}' "$run" "$verb" "$who" "$fence" "$(date +%s)")"
fi
echo "fence $fence"
heard
case $sign in
d) result=done ;;
f) result=failed ;;
i) result=interrupted ;;
*) exit 0 ;;
esac
[ ! -e journal.ndjson ] || jot ./journal.ndjson "$(printf '{"event":"over","run":"%s","fence":%s,"result":"%s","at":%s}' "$run" "$fence" "$result" "$(date +%s)")"
`;

/**
 * `sh -c listScript sh sweep|look`: every unit that left something here, `unit NAME active|rc|gone`, and who holds the session: `session held RUN PID SINCE WHO`.
 * Folders that a cut connection left are taken away when nobody holds the session, and (`sweep`) we may; a living look holds its own.
 */
export const listScript = `${opening}
S=/var/lib/kubestrap
held=free
if [ -e "$S/session.lock" ] && ! flock -n "$S/session.lock" true; then held="held $(cat "$S/session" 2>/dev/null)"; fi
echo "session $held"
set +f
for d in /run/kubestrap/kubestrap-*/; do
	[ -d "$d" ] || continue
	unit=\${d%/}
	unit=\${unit##*/}
	if systemctl is-active -q -- "$unit.service"; then echo "unit $unit active"
	elif [ -e "$d/rc" ]; then echo "unit $unit rc"
	else echo "unit $unit gone"
	fi
done
if [ "$held" = free ] && [ "$1" = sweep ]; then
	rm -rf /run/kubestrap/.in.*
	for d in /run/kubestrap-observe.*/; do [ ! -d "$d" ] || flock -n "$d" rm -rf "$d"; done
fi
`;
