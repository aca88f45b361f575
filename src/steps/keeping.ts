import {mending} from './mending.ts';

/**
 * What a program keeps on its node: the journal (a line before and after each step), the record of what is ours, and whether the node is still this
 * run's. Constant; part of the prelude.
 */
export const keeping = String.raw`
# One write for each line: whoever is killed leaves it whole or not at all. Where the disk was full, it may be torn, and the next one gets a line of its own.
journal() {
	now
	if [ -e "$torn" ]; then { ended "$S/journal.ndjson" || printf '\n' >>"$S/journal.ndjson"; } && rm -f "$torn"; fi
	printf '{"unit":"%s","fence":%s,"phase":"%s","step":%s,"name":%s,"input":"%s","event":"%s","at":%s}\n' \
		"$unit" "$fence" "$phase_name" "$index" "$name" "$hash" "$1" "$((epoch + (now - zero) / 100))" >>"$S/journal.ndjson" ||
		{ : >"$torn"; unwritten journal.ndjson; return 1; }
}
# All programs of this node share it.
torn=${'$'}{D%/*}/.torn-journal
unwritten() { echo "$S/$1 cannot be written: is the disk full or read-only?"; }

# own KIND NAME-AS-JSON BEFORE-AS-JSON: remember once what was there before the first change.
# It is on disk before the change is: after a power cut nothing is ours that is not on record.
own() {
	is_owned "$1" "$2" && return
	# A line with a whole file in it takes the shell several writes, and a phase behind this one may have something to say as well.
	{ flock -w 60 9 && keep "$S/owned.ndjson" "$owned$3}" || { unwritten owned.ndjson; false; }; } 9>>"$S/owned.lock"
}
# Of a line that is torn nothing is known.
is_owned() {
	owned="{\"kind\":\"$1\",\"name\":$2,\"before\":"
	grep -aFs -e "$owned" "$S/owned.ndjson" | grep -aq '}$'
}
record() { own "$kind" "$name" "$1"; }
# wrote PATH WHAT: what we are about to make of it. Reset gives back what is still so, and leaves what somebody has changed since.
wrote() {
	again=no
	! grep -qsF -e "$1	" "$S/wrote" || again=yes
	jot "$S/wrote" "$(printf '%s\t%s' "$1" "$2")" || { unwritten wrote; return 1; }
	# Without its newest line what we make of it anew would be taken for somebody's, so that one outlives a power cut.
	[ $again = no ] || sync "$S/wrote"
}
# still PATH WHAT: it is as we made it. Of what is on no list (a record of an earlier version) nobody knows, and it counts as ours.
still() {
	grep -qsF -e "$1	" "$S/wrote" || return 0
	grep -qsxF -e "$1	$2" "$S/wrote"
}
# json TEXT → $json
json() {
	case $1 in
	*[\\\"]*) json="\"$(printf %s "$1" | sed 's/[\\"]/\\&/g')\"" ;;
	*) json="\"$1\"" ;;
	esac
}
# Its first word is the number, its second the run that has it: after a reset the numbers begin anew.
fenced() {
	[ "$mode" = observe ] && return
	held=none holder=
	[ ! -e "$S/fence" ] || read -r held holder rest <"$S/fence"
	if [ "$held" = "$fence" ] && { [ -z "$run" ] || [ "$holder" = "$run" ]; }; then return; fi
	index=-
	echo "| - another run has taken this node over: fence $held, ours was $fence" >&3
	return 76
}
# May the next step begin?
going() {
	[ "$mode" = observe ] && return
	if [ -e "$D/stop" ]; then return 78; fi
	fenced
}

${mending}`;
