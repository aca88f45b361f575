/** KubeProxyConfiguration as kubeadm fills it in (contract 9.11). */
import {controlPlaneEndpoint, localEndpoint} from '../cluster/endpoints.ts';
import type {Cluster, Site} from '../model.ts';
import {renderText} from '../render.ts';
import {kubernetesVersion} from '../versions.ts';
import {parseYaml} from '../yaml.ts';
import {adaptationsFor} from './adaptations.ts';
import {layered} from './component-configuration.ts';

type Fields = Record<string, unknown>;

/** The configuration, and whether nothing in it differs from kubeadm's own defaults. */
export function kubeProxyConfiguration(cluster: Cluster, sites: readonly Site[]): {configuration: Fields; generated: boolean} {
	const {networking, kubernetesVersion: version} = cluster.configuration;
	const first = sites.find(({role}) => role === 'control-plane');
	const {host} = first ? localEndpoint(cluster, first) : controlPlaneEndpoint(cluster, sites);
	const text = renderText('kube-proxy/config', {
		bindAddress: host.includes(':') ? '::' : '0.0.0.0',
		podSubnet: networking.podSubnet ?? '',
		mode: kubernetesVersion(version).kubeProxyMode,
	});
	const defaults = parseYaml(text).documents[0]!.value as Fields;
	const changes = [...adaptationsFor(sites).map(({kubeProxy}) => kubeProxy ?? {}), cluster.kubeProxy];
	return {configuration: layered(defaults, ...changes), generated: changes.every((layer) => Object.keys(layer).length === 0)};
}
