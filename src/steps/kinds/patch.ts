import type {Taint} from '../../model.ts';
import type {Load, StepOf} from '../kind.ts';

type Wanted = {
	readonly labels?: Readonly<Record<string, string | null>>;
	readonly annotations?: Readonly<Record<string, string | null>>;
	readonly taints?: readonly (Omit<Taint, 'value'> & {readonly value?: string | null})[];
};

/** A living object, a line for each label, annotation and taint; values as Go and JSON quote them. */
const portrait =
	'version {{.metadata.resourceVersion}}{{"\\n"}}' +
	'{{range $k, $v := .metadata.labels}}label {{$k}} {{printf "%q" $v}}{{"\\n"}}{{end}}' +
	'{{range $k, $v := .metadata.annotations}}annotation {{$k}} {{printf "%q" $v}}{{"\\n"}}{{end}}' +
	'{{if .spec.taints}}{{range .spec.taints}}taint {{.key}} {{.effect}} ={{or .value ""}} @{{or .timeAdded ""}}{{"\\n"}}{{end}}{{end}}';

/**
 * Labels and annotations go as a merge patch. Taints are one list for the API, so the list is made by hand: ours first, then the node's
 * other ones (kubeadm's order), guarded by the resource version that was read.
 */
export const patchShell = String.raw`
portrait='${portrait}'
patch_objects() {
	while read -r index hash id resource object space metadata taints wanted name; do
		out=$D/out.$index
		if see_patched; then told unchanged; continue; fi
		if [ "$mode" = observe ]; then told changed; continue; fi
		kind=object
		journal begin
		tries=0
		until [ $tries -ge 20 ] || { make_patch && kube patch "$resource" "$object" $flag --type merge --patch-file "$D/patch" >"$answer" 2>"$out" </dev/null; }; do
			tries=$((tries + 1))
			sleep 0.2
			see_patched || :
		done
		see_patched || { fails; return; }
		record null
		journal changed
		told changed
	done <"$table"
}
see_patched() {
	flag=
	[ "$space" = - ] || flag="-n $space"
	patient kube get "$resource" "$object" $flag -o "go-template=$portrait" </dev/null || return
	have=$nl$(cat "$answer")$nl
	while read -r sign want; do
		case $sign,$have in
		+,*"$nl$want$nl"* | +,*"$nl$want @"*) ;;
		+,*) return 1 ;;
		-,*"$nl$want "*) return 1 ;;
		esac
	done <"$D/$wanted"
}
# Taints of the node that we have no word on stay, with the time they were added.
make_patch() {
	version=${'$'}{have#*"${'$'}{nl}version "}
	{
		printf '{"metadata":{"resourceVersion":"%s",' "${'$'}{version%%"$nl"*}"
		cat "$D/$metadata"
		printf '}'
		if [ "$taints" != - ]; then
			printf ',"spec":{"taints":['
			comma=
			if [ -s "$D/$taints" ]; then cat "$D/$taints" && comma=,; fi
			ours=$nl$(cat "$D/$wanted")$nl
			while read -r word key effect value time; do
				[ "$word" = taint ] || continue
				case $ours in *"taint $key $effect "* | *"taint $key $effect$nl"*) continue ;; esac
				printf '%s{"key":"%s","effect":"%s"' "$comma" "$key" "$effect"
				[ "$value" = = ] || printf ',"value":"%s"' "${'$'}{value#=}"
				[ "$time" = @ ] || printf ',"timeAdded":"%s"' "${'$'}{time#@}"
				printf '}'
				comma=,
			done <"$answer"
			printf ']}'
		fi
		printf '}'
	} >"$D/patch"
}`;

/** Columns of a patch: resource, name, namespace, and the files of its metadata, of our taints, and of what has to be so afterwards. */
export function patchWords({id, manifest}: StepOf<'object'>, load: Load): readonly string[] {
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
	const [name = '', namespace = '', kind = '', ...api] = id.split('/').reverse();
	const group = api.length === 2 ? `.${api[1]}` : '';
	return [
		`${kind}${group}`,
		name,
		namespace === '' ? '-' : namespace,
		load(JSON.stringify({labels, annotations}).slice(1, -1)),
		taints === undefined ? '-' : load(ours.join(',')),
		load(wanted.map((text) => `${text}\n`).join('')),
	];
}
