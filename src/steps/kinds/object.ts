import {secretsIn} from '../content.ts';
import type {Group} from '../kind.ts';
import {patchShell, patchWords} from './patch.ts';

/** What an object is and which edition of it: its generation changes with its spec; objects without one change their version with every write. */
const about =
	'{{define "o"}}{{.apiVersion}}/{{.kind}}/{{or .metadata.namespace ""}}/{{.metadata.name}} {{.metadata.uid}} ' +
	'{{or .metadata.generation .metadata.resourceVersion}}{{"\\n"}}{{end}}' +
	'{{if eq .kind "List"}}{{range .items}}{{template "o" .}}{{end}}{{else}}{{template "o" .}}{{end}}';

/**
 * Adjacent objects that are owned alike are one call of kubectl. What was applied is remembered as input, uid and edition: when all three
 * are still so, nothing is sent. Else it is applied, and it has changed when its edition has.
 */
export const object: Group<'object'> = {
	shell: String.raw`
kube() { kubectl --kubeconfig "$admin" --cache-dir "$D/cache" --request-timeout 30s "$@"; }
about='${about}'
nl='
'
# What fails for a moment only, while a control plane comes up or changes its leader, is tried again for a while.
patient() {
	now
	patience=$((now + 2000))
	while :; do
		"$@" >"$answer" 2>"$out" && return
		now
		[ "$now" -lt $patience ] || return
		grep -Eqi 'refused|timeout|timed out|reset by peer|EOF|forbidden|unavailable|etcdserver|too many|leader|namespaces .* not found|no matches for|unable to' "$out" || return
		sleep 0.3
	done
}
group_object() { # TABLE OWN KUBECONFIG
	begin_group "$1"
	table=$D/$1 own=$2 admin=$3 answer=$D/answer.$1 out=$D/out.$1
	if [ "$own" = patch ]; then patch_objects; return; fi
	shift 3
	unset todo
	while read -r index hash id mark file secret name; do set -- "$@" -f "$D/$file"; done <"$table"
	if [ "$mode" = observe ]; then kube get --ignore-not-found -o "go-template=$about" "$@" >"$answer" 2>"$out"
	else patient kube get --ignore-not-found -o "go-template=$about" "$@"
	fi || { if [ "$mode" != observe ]; then lost; return 1; fi; : >"$answer"; }
	before=$nl$(cat "$answer")$nl
	set --
	todo=
	while read -r index hash id mark file secret name; do
		edition "$before" "$id"
		if same_object; then told unchanged
		elif [ "$mode" = observe ]; then told changed
		else todo="$todo $index" && set -- "$@" -f "$D/$file" && journal begin
		fi
	done <"$table"
	[ -n "$todo" ] || return 0
	if [ "$own" = create ]; then set -- create --save-config=false "$@"
	else set -- apply --server-side --field-manager kubestrap --force-conflicts "$@"
	fi
	patient kube "$@" --validate=ignore -o "go-template=$about" || { lost; return 1; }
	after=$nl$(cat "$answer")$nl
	kind=object
	while read -r index hash id mark file secret name; do
		case "$todo " in *" $index "*) ;; *) continue ;; esac
		edition "$before" "$id"
		was=$edition
		edition "$after" "$id"
		[ -n "$was" ] || record null
		echo "$hash $edition" >"$S/objects/$mark"
		if [ "$was" = "$edition" ]; then journal unchanged && told unchanged; else journal changed && told changed; fi
	done <"$table"
}
# lost: the call for the group failed; the first step of those that were to be done stands for it.
lost() {
	while read -r index hash id mark file secret name; do
		case "${'$'}{todo- $index} " in *" $index "*) fails; return ;; esac
	done <"$table"
}
edition() { # ANSWER ID → $edition, empty when the answer does not have it
	case $1 in
	*"$nl$2 "*)
		edition=${'$'}{1#*"$nl$2 "}
		edition=${'$'}{edition%%"$nl"*}
		;;
	*) edition= ;;
	esac
}
same_object() {
	[ -n "$edition" ] || return
	[ "$own" = apply ] || return 0
	if [ "$secret" = secret ]; then [ "$mode" = observe ]; return; fi
	applied=
	[ -e "$S/objects/$mark" ] && read -r applied <"$S/objects/$mark"
	[ "$applied" = "$hash $edition" ] && return
	[ "$mode" = observe ] && kube diff --server-side --field-manager kubestrap --force-conflicts -f "$D/$file" >/dev/null 2>&1 </dev/null
}${patchShell}`,
	joins: (step, group) => step.own === group.own && step.as === group.as,
	rows: (step, _context, load) => {
		if (/\s/.test(step.id)) throw new Error(`the id of an object holds no white space: ${JSON.stringify(step.id)}`);
		if (step.own === 'patch') return [step.id, ...patchWords(step, load)];
		const secret = secretsIn(step.manifest).length > 0 ? 'secret' : '-';
		return [step.id, step.id.replaceAll('/', '_'), load(step.manifest), secret];
	},
	words: ([step]) => [step?.own ?? 'apply', `/etc/kubernetes/${step?.as ?? 'admin'}.conf`],
};
