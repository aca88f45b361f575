import type {Taint} from '../../model.ts';
import type {Load, StepOf} from '../kind.ts';

type Wanted = {
	readonly labels?: Readonly<Record<string, string | null>>;
	readonly annotations?: Readonly<Record<string, string | null>>;
	readonly taints?: readonly (Omit<Taint, 'value'> & {readonly value?: string | null})[];
};

/** Living objects, a line for each label, annotation and taint behind the object's name; values as Go and JSON quote them. */
const portrait =
	'{{define "o"}}{{$n := .metadata.name}}{{$n}} version {{.metadata.resourceVersion}}{{"\\n"}}' +
	'{{range $k, $v := .metadata.labels}}{{$n}} label {{$k}} {{printf "%q" $v}}{{"\\n"}}{{end}}' +
	'{{range $k, $v := .metadata.annotations}}{{$n}} annotation {{$k}} {{printf "%q" $v}}{{"\\n"}}{{end}}' +
	'{{if .spec}}{{range .spec.taints}}{{$n}} taint {{.key}} {{.effect}} ={{or .value ""}} @{{or .timeAdded ""}}{{"\\n"}}{{end}}{{end}}{{end}}' +
	'{{if eq .kind "List"}}{{range .items}}{{template "o" .}}{{end}}{{else}}{{template "o" .}}{{end}}';

/**
 * Labels and annotations go as a merge patch. Taints are one list for the API, so the list is made by hand: ours first, then the node's
 * other ones (kubeadm's order), guarded by the resource version that was read.
 */
export const patchShell = `
portrait='${portrait}'
group_patch() { # TABLE KUBECONFIG SERVER RESOURCE NAMESPACE
	begin_group "$1"
	table=$D/$1 admin=$2 server=$3 resource=$4 answer=$D/answer.$1 out=$D/out.$1 flag= living=
	[ "$5" = - ] || flag="-n $5"
	set --
	while read -r index hash object metadata taints wanted name; do set -- "$@" "$object"; done <"$table"
	if patient kube get "$resource" "$@" $flag --ignore-not-found -o "go-template=$portrait"; then living=$nl$(cat "$answer")$nl
	elif [ "$mode" != observe ]; then
		read -r index hash object metadata taints wanted name <"$table"
		fails
		return
	fi
	while read -r index hash object metadata taints wanted name; do
		out=$D/out.$index have=$living
		if as_wanted; then told unchanged; continue; fi
		if [ "$mode" = observe ]; then told changed; showing patch; continue; fi
		kind=object
		journal begin
		case $have in
		*"$nl$object version "*) ;;
		*) echo "$resource $object does not exist" >"$out"; fails; return ;;
		esac
		tries=0
		until make_patch && kube patch "$resource" "$object" $flag --type merge --patch-file "$D/patch" -o "go-template=$portrait" >"$answer" 2>"$out"; do
			tries=$((tries + 1))
			[ $tries -lt 20 ] || { fails; return; }
			sleep 0.3
			patient kube get "$resource" "$object" $flag -o "go-template=$portrait" || { fails; return; }
			have=$nl$(cat "$answer")$nl
		done
		have=$nl$(cat "$answer")$nl
		as_wanted || { echo 'it was patched without an error, but is still not as wanted' >>"$out"; fails; return; }
		record null
		journal changed
		told changed
	done <"$table"
}
as_wanted() { # every line of $wanted holds in $have
	case $have in *"$nl$object version "*) ;; *) return 1 ;; esac
	while read -r sign want; do
		case $sign,$have in
		+,*"$nl$object $want$nl"* | +,*"$nl$object $want @"*) ;;
		+,*) return 1 ;;
		-,*"$nl$object $want "*) return 1 ;;
		esac
	done <"$D/$wanted"
}
# Taints of the node that we have no word on stay, with the time they were added.
make_patch() {
	version=${'$'}{have#*"$nl$object version "}
	{
		printf '{"metadata":{"resourceVersion":"%s",' "${'$'}{version%%"$nl"*}"
		cat "$D/$metadata"
		printf '}'
		if [ "$taints" != - ]; then
			printf ',"spec":{"taints":['
			comma=
			if [ -s "$D/$taints" ]; then cat "$D/$taints" && comma=,; fi
			ours=$nl$(cat "$D/$wanted")$nl
			while read -r word taint key effect value time; do
				[ "$word,$taint" = "$object,taint" ] || continue
				case $ours in *"taint $key $effect "* | *"taint $key $effect$nl"*) continue ;; esac
				printf '%s{"key":"%s","effect":"%s"' "$comma" "$key" "$effect"
				[ "$value" = = ] || printf ',"value":"%s"' "${'$'}{value#=}"
				[ "$time" = @ ] || printf ',"timeAdded":"%s"' "${'$'}{time#@}"
				printf '}'
				comma=,
			done <<END
$have
END
			printf ']}'
		fi
		printf '}'
	} >"$D/patch"
}`;

/** Columns of a patch: the object's name, and the files of its metadata, of our taints, and of what has to be so afterwards. */
export function patchRow({id, manifest}: StepOf<'object'>, load: Load): readonly string[] {
	if (typeof manifest !== 'string') throw new Error(`a patch holds no secret: ${id}`);
	const {labels = {}, annotations = {}, taints}: Wanted = JSON.parse(manifest);
	const lines = (word: string, values: Readonly<Record<string, string | null>>) =>
		Object.entries(values).map(([key, value]) =>
			value === null ? `- ${word} ${key}` : `+ ${word} ${key} ${JSON.stringify(value)}`,
		);
	const taintLines = (taints ?? []).map(({key, effect, value}) =>
		value === null ? `- taint ${key} ${effect}` : `+ taint ${key} ${effect} =${value ?? ''}`,
	);
	const ours = (taints ?? []).filter(({value}) => value !== null).map((taint) => JSON.stringify(taint));
	const wanted = [...lines('label', labels), ...lines('annotation', annotations), ...taintLines];
	return [
		id.slice(id.lastIndexOf('/') + 1),
		load(JSON.stringify({labels, annotations}).slice(1, -1)),
		taints === undefined ? '-' : load(ours.join(',')),
		load(wanted.map((text) => `${text}\n`).join('')),
	];
}

/** The resource as kubectl takes it (`Node`, `Deployment.apps`), and the namespace. */
export function patchWords({id}: StepOf<'object'>): readonly string[] {
	const [, namespace = '', kind = '', ...api] = id.split('/').reverse();
	const group = api.length === 2 ? `.${api[1]}` : '';
	return [`${kind}${group}`, namespace === '' ? '-' : namespace];
}
