import {controlPlaneEndpoint} from '../cluster/endpoints.ts';
import {generatedMark} from '../contract/component-configuration.ts';
import {kubeProxyConfiguration} from '../contract/kube-proxy-configuration.ts';
import {documents, objectStep} from '../contract/objects.ts';
import type {Phase} from '../model.ts';
import {patched} from '../patches/patched.ts';
import {renderText} from '../render.ts';
import {imagesFor, kubernetesVersion} from '../versions.ts';
import {toYaml} from '../yaml.ts';

/** kube-proxy, as kubeadm installs it (contract 9.11). The operator's KubeProxyConfiguration goes through. */
export const addonKubeProxy: Phase = {
	name: 'addon-kube-proxy',
	title: 'Install kube-proxy',
	on: 'first',
	steps: ({cluster, sites}) => {
		const {proxy, kubernetesVersion: version} = cluster.configuration;
		if (proxy.disabled) return [];
		const {configuration, generated} = kubeProxyConfiguration(cluster, sites);
		const files = {
			'config.conf': toYaml(configuration, {sortMapEntries: true}).trimEnd(),
			'kubeconfig.conf': renderText('kube-proxy/kubeconfig', {server: controlPlaneEndpoint(cluster, sites).url}).trimEnd(),
		};
		const all = documents('kube-proxy', {image: imagesFor(cluster).proxy, files, mark: generatedMark(files, generated)});
		const target = 'kubeproxydaemonset';
		const isPatched = (object: unknown) =>
			(object as {kind: string}).kind === 'DaemonSet' && kubernetesVersion(version).patchTargets.includes(target);
		return all.map((object) => objectStep(isPatched(object) ? patched(target, object, cluster.patches) : object));
	},
};
