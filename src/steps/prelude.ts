import {keeping} from './keeping.ts';

/**
 * The constant beginning of every program: how steps are walked, told and journalled. Called as `sh program DIRECTORY MODE FENCE UNIT [RUN]`.
 * Nothing in it depends on a config. `$D` is the program's own directory on tmpfs, `$S` is what stays on the node.
 * It writes the log on file descriptor 3, a line each:
 *   `@ INDEX started|unchanged|changed|failed MS`   a step
 *   `@ phase INDEX started|unchanged|changed|failed MS`
 *   `= INDEX KEY TEXT`   what is there, of a step that differs
 *   `~ INDEX TEXT`   progress of a step         `| INDEX TEXT`   evidence of a failed step
 *   `* INDEX TEXT`   a note for the operator, whatever comes of the step
 *   `@ front RC`     all but the background phases are done       `@ end RC`   the last line
 * Exit codes: 75 the node's lock is held, 76 another run has the node, 78 the operator said stop (`$D/stop`) and the step at work was ended.
 */
export const prelude = String.raw`set -uf
umask 077
LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
D=$1 mode=$2 fence=$3 unit=$4 run=${'$'}{5-} S=/var/lib/kubestrap
# Without a home kubectl would keep its cache in /.kube.
KUBECACHEDIR=$D/cache
export LC_ALL PATH KUBECACHEDIR
# A program that only looks writes nowhere else, whatever the tools are that it asks; commands of ours can tell by $looking.
if [ "$mode" = observe ]; then TMPDIR=$D looking=yes; export TMPDIR looking; fi
index=- changed=0 phase_name=
# So that a command of ours can tell how far it is, and hear that it shall end (src/steps/speak.ts).
stop=$D/stop
export index stop

# The clock in hundredths of a second, without a process.
now() {
	read -r now rest </proc/uptime
	now=${'$'}{now%.*}${'$'}{now#*.}
}
say() { printf '~ %s %s\n' "$index" "$*" >&3; }
# A word that the operator shall keep, and that is no failure.
note() { [ "$mode" = observe ] || printf '* %s %s\n' "$index" "$*" >&3; }
told() {
	now
	printf '@ %s %s %s\n' "$index" "$1" "$(((now - began) * 10))" >&3
	if [ "$1" = changed ]; then changed=1; fi
}
evidence() { tail -n 20 "$out" | sed "s/^/| $index /" >&3; }
# step INDEX NAME-AS-JSON INPUT-HASH KIND ARGUMENTS: is it so already? If not, make it so and look again.
step() {
	index=$1 name=$2 hash=$3 kind=$4 out=$D/out.$1 verdict=changed
	shift 4
	now
	began=$now
	printf '@ %s started 0\n' "$index" >&3
	if "see_$kind" "$@" >"$out" 2>&1 </dev/null; then told unchanged; return; fi
	if [ "$mode" = observe ]; then told changed; showing "$kind" "$@"; return; fi
	going || return
	journal begin >>"$out" 2>&1 || { fails; return; }
	"do_$kind" "$@" >>"$out" 2>&1 </dev/null
	step_rc=$?
	if [ $step_rc -eq 78 ]; then journal stopped; return 78; fi
	if [ $step_rc -eq 0 ]; then
		if [ "$verdict" != changed ] || "see_$kind" "$@" >>"$out" 2>&1 </dev/null; then
			if [ "$verdict" = unchanged ]; then journal unchanged; else verdict=changed; journal changed; fi
			told "$verdict"
			return
		fi
		echo 'it was applied without an error, but is still not as wanted' >>"$out"
	fi
	fails
}
# showing KIND WORDS…: what is there instead of what is wanted, where somebody wants to know (src/steps/shows.ts).
showing() {
	[ -n "${'$'}{show-}" ] || return 0
	shown=$1
	shift
	"show_$shown" "$@" >>"$out" 2>&1 </dev/null
	return 0
}
fails() {
	evidence
	journal failed
	told failed
	return 1
}

# together GROUP WORDS…: several steps as one.
together() {
	going || return
	"$@"
}
begin_group() {
	now
	began=$now
	while read -r index rest; do printf '@ %s started 0\n' "$index" >&3; done <"$D/$1"
}

# folders PATH: made with its parents, for all to read; each one that was not there is remembered.
folders() {
	[ -z "$1" ] || [ -d "$1" ] && return
	folders "${'$'}{1%/*}" || return
	json "$1"
	own dir "$json" null || return
	(umask 022 && mkdir -p "$1")
}

# A change of what a unit is made of is remembered on disk until the unit was restarted.
notify() {
	for notified in $1; do : >"$S/pending/$notified" || return; done
}

phase() { # INDEX NAME
	phase=$1 phase_name=$2 changed=0
	going || return
	now
	phase_began=$now
	printf '@ phase %s started 0\n' "$phase" >&3
	"phase_$phase"
	phase_rc=$?
	if [ $phase_rc -eq 78 ]; then return 78; fi
	now
	if [ $phase_rc -ne 0 ]; then verdict=failed; elif [ $changed = 1 ]; then verdict=changed; else verdict=unchanged; fi
	printf '@ phase %s %s %s\n' "$phase" "$verdict" "$(((now - phase_began) * 10))" >&3
	return $phase_rc
}

# A background phase runs beside the others; done_N keeps its exit code once it was waited for.
background() {
	if [ "$mode" = observe ]; then phase "$@"; eval "done_$1=\$?"; return; fi
	( phase "$@" ) &
	eval "pid_$1=$! done_$1="
	behind="$behind $1"
}
need() {
	eval "seen=\$done_$1"
	if [ -z "$seen" ]; then
		eval "wait \$pid_$1"
		seen=$?
		eval "done_$1=$seen"
	fi
	return "$seen"
}
behind=
${keeping}
finish() {
	trap '' TERM INT HUP
	set +f
	rm -f "$D"/f.*
	echo "@ end $1" >&3
	echo "$1" >"$D/rc.new"
	mv "$D/rc.new" "$D/rc"
	exit "$1"
}
`;

/**
 * After the functions: locks and folders, before the first phase. The lock is inherited, so it is free only when nothing of a unit lives. Who has
 * it alone for a moment mends what a power cut tore, and takes away what was never renamed.
 */
export const opening = `
if [ "$mode" = observe ]; then
	exec 3>&1
else
	exec 3>>"$D/log"
	trap 'finish 143' TERM INT HUP
	fenced || finish $?
	exec 8>>"$S/lock"
	if flock -n 8; then
		mend "$S/journal.ndjson"
		mend "$S/owned.ndjson"
		mend "$S/wrote"
		set +f
		rm -f "$S"/cluster.json.[0-9]* "$S"/*.new
		set -f
	fi
	flock -s -w 30 8 || { echo '| - the lock of this node is held by another unit' >&3; finish 75; }
	fenced || finish $?
	mkdir -p "$S/pending" "$S/artifacts" "$S/objects"
	epoch=$(date +%s)
	now
	zero=$now
	# Units of several nodes' walks may begin here at the same time.
	if [ -e "$D/f.cluster" ] && ! cmp -s "$D/f.cluster" "$S/cluster.json"; then
		mv "$D/f.cluster" "$S/cluster.json.$$" && sync "$S/cluster.json.$$" && mv "$S/cluster.json.$$" "$S/cluster.json" && sync "$S" ||
			{ echo "| - $S/cluster.json cannot be written: is the disk full or read-only?" >&3; finish 1; }
	fi
fi
`;

/** After the last phase: the background ones are waited for. */
export const closing = `
[ "$mode" = observe ] && exit "$rc"
echo "@ front $rc" >&3
for n in $behind; do
	if [ "$rc" -eq 0 ]; then need "$n" || rc=$?; fi
done
finish "$rc"
`;
