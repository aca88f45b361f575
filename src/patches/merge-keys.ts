/**
 * Which lists a strategic patch merges, and by which field their items are told apart. Facts of the Go struct tags
 * (`patchStrategy`, `patchMergeKey`) of core/v1 and apps/v1, as far as they can occur in what kubeadm patches: Pod, Deployment and
 * DaemonSet. A list without a row is replaced as a whole. KubeletConfiguration has no merged list at all.
 */
const container = 'spec\\.(?:containers|initContainers|ephemeralContainers)';

/** End of a dotted path without indices → merge key. */
const rows: readonly (readonly [RegExp, string])[] = [
	[new RegExp(`${container}$`), 'name'],
	[new RegExp(`${container}\\.env$`), 'name'],
	[new RegExp(`${container}\\.ports$`), 'containerPort'],
	[new RegExp(`${container}\\.volumeMounts$`), 'mountPath'],
	[new RegExp(`${container}\\.volumeDevices$`), 'devicePath'],
	[/spec\.volumes$/, 'name'],
	[/spec\.imagePullSecrets$/, 'name'],
	[/spec\.hostAliases$/, 'ip'],
	[/spec\.topologySpreadConstraints$/, 'topologyKey'],
	[/spec\.resourceClaims$/, 'name'],
	[/spec\.schedulingGates$/, 'name'],
	[/metadata\.ownerReferences$/, 'uid'],
];

/** Merge key of the list at a path like `spec.template.spec.containers`; undefined: a patch replaces the list. */
export function mergeKey(path: string): string | undefined {
	return rows.find(([end]) => end.test(path))?.[1];
}

/** Lists of plain values that a patch adds to instead of replacing them. */
export function isUnited(path: string): boolean {
	return path === 'metadata.finalizers';
}
