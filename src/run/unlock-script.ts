/** The constant shell of `unlock`: who holds a node, what works there, and the end of a session that is stale. */
import {mending} from '../steps/mending.ts';
import {opening} from './scripts.ts';

/**
 * `sh -c locksScript`: `session RUN PID SINCE WHO` when one is held, `heard SECONDS` since its last sign of life, `run LINE` and `step LINE` of the
 * journal, `unit NAME` for each that is active, and `writes` when something of a unit lives.
 */
export const locksScript = `${opening}
S=/var/lib/kubestrap
if [ -e $S/session.lock ] && ! flock -n $S/session.lock true; then
	echo "session $(cat $S/session 2>/dev/null)"
	echo "heard $(($(date +%s) - $(stat -c %Y /run/kubestrap/.heard 2>/dev/null || echo 0)))"
fi
if [ -e $S/journal.ndjson ]; then
	grep -a '^{"event":"run",' $S/journal.ndjson | tail -n 1 | sed 's/^/run /'
	grep -a '^{"unit":' $S/journal.ndjson | tail -n 1 | sed 's/^/step /'
fi
set +f
for d in /run/kubestrap/kubestrap-*/; do
	unit=\${d%/}
	unit=\${unit##*/}
	if [ -d "$d" ] && systemctl is-active -q -- "$unit.service"; then echo "unit $unit"; fi
done
if [ -e $S/lock ] && ! flock -n $S/lock true; then echo writes; fi
`;

/** `sh -c quietScript sh SECONDS`: waits until nothing of a unit lives. */
export const quietScript = `${opening}[ ! -e /var/lib/kubestrap/lock ] || flock -w "$1" /var/lib/kubestrap/lock true`;

/**
 * `sh -c unlockScript sh RUN WHO`: ends the session of that run, and takes the node's fence away from it, so that it cannot come back. Only while
 * nothing writes: `busy` otherwise.
 */
export const unlockScript = `${opening}${mending}
run=$1 who=$2
cd /var/lib/kubestrap || { echo '! /var/lib/kubestrap is not there'; exit 73; }
[ ! -e lock ] || flock -n lock true || { echo busy; exit 75; }
read -r known pid rest <session
[ "$known" = "$run" ] || { echo "! it is held by another run now: $known"; exit 75; }
fence=0
[ -e fence ] && read -r fence rest <fence
case $fence in '' | *[!0-9]*) fence=0 ;; esac
fence=$((fence + 1))
echo "$fence unlocked_by_$who" >fence.new && sync fence.new && mv fence.new fence && sync . || { echo '! the fence cannot be written: is the disk full or read-only?'; exit 73; }
# What began in this moment sees that, and ends.
[ ! -e lock ] || flock -w 30 lock true || { echo busy; exit 75; }
if [ session.lock -ef "/proc/$pid/fd/7" ]; then kill "$pid"; fi
jot ./journal.ndjson "$(printf '{"event":"unlock","run":"%s","by":"%s","fence":%s,"at":%s}' "$run" "$who" "$fence" "$(date +%s)")"
flock -w 10 session.lock true || { echo '! the session does not end'; exit 75; }
echo free
`;
