import type {ClusterConfiguration, ComponentConfig, EnvVar} from '../model.ts';
import {isObject} from '../patches/merge-patch.ts';
import {toYaml} from '../yaml.ts';

/** Fields that kubeadm leaves out when they say what holds anyway. */
const silent: Readonly<Record<string, unknown>> = {disabled: false, readOnly: false, pathType: ''};

/** What ConfigMap kubeadm-config says: the ClusterConfiguration with its defaults, keys sorted, empty lists left out (contract 9.2). */
export function storedConfiguration(configuration: ClusterConfiguration): string {
	const {apiServer, controllerManager, scheduler, etcd} = configuration;
	const document = {
		apiVersion: 'kubeadm.k8s.io/v1beta4',
		kind: 'ClusterConfiguration',
		...configuration,
		apiServer: component(apiServer),
		controllerManager: component(controllerManager),
		scheduler: component(scheduler),
		etcd:
			'local' in etcd ? {local: component(etcd.local)} : {external: {httpEndpoints: etcd.external.endpoints, ...etcd.external}},
	};
	return toYaml(pruned(document), {sortMapEntries: true});
}

/** A variable with what the API would fill in: a reference to a field has a version, and an empty value is none. */
export function definedVariable({value, valueFrom, ...rest}: EnvVar): EnvVar {
	const source = valueFrom as {fieldRef?: {apiVersion?: string}} | undefined;
	const from = source?.fieldRef ? {...source, fieldRef: {apiVersion: 'v1', ...source.fieldRef}} : valueFrom;
	return {...rest, ...(value ? {value} : {}), ...(from ? {valueFrom: from} : {})};
}

function component<T extends Pick<ComponentConfig, 'extraEnvs'>>(config: T): T {
	return config.extraEnvs ? {...config, extraEnvs: config.extraEnvs.map(definedVariable)} : config;
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
