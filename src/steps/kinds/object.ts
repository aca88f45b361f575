import {secretsIn} from '../content.ts';
import type {Group, StepOf} from '../kind.ts';
import {patchRow, patchShell, patchWords} from './patch.ts';

/** What an object is and which edition of it: its generation changes with its spec; objects without one change their version with every write. */
const about =
	'{{define "o"}}{{.apiVersion}}/{{.kind}}/{{or .metadata.namespace ""}}/{{.metadata.name}} {{.metadata.uid}} ' +
	'{{or .metadata.generation .metadata.resourceVersion}}{{"\\n"}}{{end}}' +
	'{{if eq .kind "List"}}{{range .items}}{{template "o" .}}{{end}}{{else}}{{template "o" .}}{{end}}';

/**
 * Adjacent objects are one call of kubectl. What was applied is remembered as input, uid and edition: when all three
 * are still so, nothing is sent. Else it is applied, and it has changed when its edition has. What somebody else made and we never applied is
 * left alone when it would come out the same: to apply it would write who owns which field, and nothing else.
 */
export const object: Group<'object'> = {
	shell: `
kube() { kubectl --kubeconfig "$admin" $server --cache-dir "$D/cache" --request-timeout 20s "$@" </dev/null; }
about='${about}'
nl='
'
# What fails for a moment only, while a control plane comes up or changes its leader, is tried again for a while.
# Looking alone, an API that does not answer is asked once.
api=up
patient() {
	[ $api = up ] || return
	now
	patience=$((now + 2000))
	while :; do
		"$@" >"$answer" 2>"$out" && return
		if [ "$mode" = observe ]; then
			grep -q NotFound "$out" || api=down
			return 1
		fi
		now
		[ "$now" -lt $patience ] || return
		grep -Eqi 'refused|timeout|timed out|reset by peer|EOF|forbidden|unavailable|etcdserver|too many|leader|namespaces .* not found|no matches for|unable to' "$out" || return
		sleep 0.3
	done
}
group_object() { # TABLE KUBECONFIG SERVER
	begin_group "$1"
	table=$D/$1 admin=$2 server=$3 answer=$D/answer.$1 out=$D/out.$1
	unset todo
	known=yes
	if ! known_objects; then
		if [ "$mode" != observe ]; then lost; return 1; fi
		before= known=no
	fi
	asked=
	[ "$mode" = observe ] || strangers
	set --
	todo=
	while read -r index hash id mark file secret own name; do
		edition "$before" "$id"
		if same_object; then told unchanged
		elif alike; then
			echo "$hash $edition" >"$S/objects/$mark"
			told unchanged
		elif [ "$mode" = observe ]; then told changed; showing object
		else todo="$todo $index" && set -- "$@" -f "$D/$file" && journal begin
		fi
	done <"$table"
	[ -n "$todo" ] || return 0
	# What is only to be created was seen to be absent a moment ago.
	patient kube apply --server-side --field-manager kubestrap --force-conflicts --validate=ignore -o "go-template=$about" "$@" || { lost; return 1; }
	after=$nl$(cat "$answer")$nl
	kind=object
	while read -r index hash id mark file secret own name; do
		case "$todo " in *" $index "*) ;; *) continue ;; esac
		edition "$before" "$id"
		was=$edition
		edition "$after" "$id"
		[ -n "$was" ] || record null
		echo "$hash $edition" >"$S/objects/$mark"
		if [ "$was" = "$edition" ]; then journal unchanged && told unchanged; else journal changed && told changed; fi
	done <"$table"
}
# strangers → $asked, $different: of the objects that are there and were never applied by us, those that would change. An answer that
# names nothing although something differs, or an error, means all of them.
strangers() {
	different=
	set --
	while read -r index hash id mark file secret own name; do
		edition "$before" "$id"
		[ -n "$edition" ] && [ "$own" = apply ] && [ ! -e "$S/objects/$mark" ] && set -- "$@" -f "$D/$file"
	done <"$table"
	[ $# -gt 0 ] || return 0
	different=$(KUBECTL_EXTERNAL_DIFF='diff -rq' kube diff --server-side --field-manager kubestrap --force-conflicts "$@" 2>/dev/null) && asked=yes
	[ -z "$different" ] || asked=yes
}
alike() {
	[ -n "$asked" ] && [ -n "$edition" ] && [ "$own" = apply ] && [ ! -e "$S/objects/$mark" ] || return
	case $id in *'*') return 1 ;; esac
	rest=$id dotted=
	while :; do
		case $rest in
		*/*) dotted=$dotted${'$'}{rest%%/*}. rest=${'$'}{rest#*/} ;;
		*) break ;;
		esac
	done
	case $different in *"/$dotted$rest and "*) return 1 ;; esac
}
ask_objects() { # about those of all groups
	set --
	while read -r file; do set -- "$@" -f "$D/$file"; done <"$D/f.objects"
	patient kube get --ignore-not-found -o "go-template=$about" "$@"
}
ahead_object() { # TABLE KUBECONFIG SERVER: of the first group
	[ -z "${'$'}{asked_objects-}" ] || return 0
	admin=$2 server=$3 answer=$D/answer.objects out=$D/out.objects
	ask_objects &
	asked_objects=$!
}
# known_objects → $before: the program's first group asks for the objects of all groups at once. Where that fails (a kind that is only
# made on the way), each group asks for its own.
known_objects() {
	if [ -z "${'$'}{everything-}" ]; then
		if [ "$mode" = observe ]; then
			wait "$asked_objects" || { grep -q NotFound "$D/out.objects" || api=down; return 1; }
			everything=$nl$(cat "$D/answer.objects")$nl
		elif ask_objects; then everything=$nl$(cat "$answer")$nl
		else everything=none
		fi
	fi
	before=$everything
	[ "$everything" = none ] || return 0
	set --
	while read -r index hash id mark file secret own name; do set -- "$@" -f "$D/$file"; done <"$table"
	patient kube get --ignore-not-found -o "go-template=$about" "$@" || return
	before=$nl$(cat "$answer")$nl
}
# lost: the call for the group failed; the first step of those that were to be done stands for it.
lost() {
	while read -r index hash id mark file secret own name; do
		case "${'$'}{todo- $index} " in *" $index "*) fails; return ;; esac
	done <"$table"
}
# Line by line: to cut a long text at a pattern costs sh the square of its length.
edition() { # ANSWER ID → $edition, empty when the answer does not have it. An id that ends in * has a secret in its name.
	case $2 in
	*'*') front=${'$'}{2%'*'} ;;
	*) front="$2 " ;;
	esac
	edition=
	IFS=$nl
	for row in $1; do
		case $row in "$front"*) edition=${'$'}{row#"$front"}; break ;; esac
	done
	unset IFS
	case $2 in *'*') edition=${'$'}{edition#* } ;; esac
}
same_object() {
	diffed=-
	[ -n "$edition" ] || return
	[ "$own" = apply ] || return 0
	if [ "$secret" = secret ]; then [ "$mode" = observe ]; return; fi
	applied=
	[ -e "$S/objects/$mark" ] && read -r applied <"$S/objects/$mark"
	[ "$applied" = "$hash $edition" ] && return
	[ "$mode" = observe ] && [ $api = up ] || return
	kube diff --server-side --field-manager kubestrap --force-conflicts -f "$D/$file" >"$D/diff" 2>/dev/null
	diffed=$?
	return $diffed
}${patchShell}`,
	joins: (step, group) => step.as === group.as && (step.own === 'patch') === (group.own === 'patch') && sameFamily(step, group),
	rows: (step, _context, load) => {
		if (/\s/.test(step.id)) throw new Error(`the id of an object holds no white space: ${JSON.stringify(step.id)}`);
		if (step.own === 'patch') return patchRow(step, load);
		const secret = secretsIn(step.manifest).length > 0 ? 'secret' : '-';
		return [step.id, step.id.replaceAll('/', '_'), load(step.manifest, 'objects'), secret, step.own];
	},
	// What stands in front of the API servers may come later: a control plane's own is asked, whatever the kubeconfig names.
	words: ([step], {server}) => [
		`/etc/kubernetes/${step!.as ?? 'admin'}.conf`,
		server === undefined ? '' : `--server=${server}`,
		...(step!.own === 'patch' ? patchWords(step!) : []),
	],
	call: ({own}) => (own === 'patch' ? 'group_patch' : 'group_object'),
	ahead: ({own}) => (own === 'patch' ? undefined : 'ahead_object'),
};

/** Patches of one kind in one namespace are looked at together. */
const sameFamily = (step: StepOf<'object'>, group: StepOf<'object'>) => step.own !== 'patch' || family(step) === family(group);
const family = ({id}: StepOf<'object'>) => id.slice(0, id.lastIndexOf('/'));
