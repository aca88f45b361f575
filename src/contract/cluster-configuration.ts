import type {ClusterConfiguration} from '../model.ts';
import {isObject} from '../patches/merge-patch.ts';
import {toYaml} from '../yaml.ts';

/** Fields that kubeadm leaves out when they say what holds anyway. */
const silent: Readonly<Record<string, unknown>> = {disabled: false, readOnly: false, pathType: ''};

/** What ConfigMap kubeadm-config says: the ClusterConfiguration with its defaults, keys sorted, empty lists left out (contract 9.2). */
export function storedConfiguration(configuration: ClusterConfiguration): string {
	const document = {apiVersion: 'kubeadm.k8s.io/v1beta4', kind: 'ClusterConfiguration', ...configuration};
	return toYaml(pruned(document), {sortMapEntries: true});
}

function pruned(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(pruned);
	if (!isObject(value)) return value;
	const said = Object.entries(value).filter(([name, inner]) => {
		if (inner === undefined || (Array.isArray(inner) && inner.length === 0)) return false;
		if (name === 'featureGates') return Object.keys(inner as object).length > 0;
		return !(name in silent && silent[name] === inner);
	});
	return Object.fromEntries(said.map(([name, inner]) => [name, pruned(inner)]));
}
