import {storedConfiguration} from '../contract/cluster-configuration.ts';
import {generatedMark} from '../contract/component-configuration.ts';
import {clusterKubelet} from '../contract/kubelet-configuration.ts';
import {objects} from '../contract/objects.ts';
import type {Phase, Step} from '../model.ts';
import {toYaml} from '../yaml.ts';

/**
 * The configuration for whoever comes later (kubeadm's upload-config), and who may read it. First of all admin.conf gets its rights, which
 * needs those of super-admin.conf.
 */
export const clusterConfig: Phase = {
	name: 'cluster-config',
	title: 'Store the configuration in the cluster',
	on: 'first',
	steps: ({cluster, sites, living}): Step[] => {
		const {configuration, generated} = clusterKubelet(cluster, sites);
		const kubelet = toYaml(configuration, {sortMapEntries: true});
		return [
			...objects('admins', {}, 'create').map((step): Step => (living ? step : {...step, as: 'super-admin'})),
			...objects('cluster-config', {
				clusterConfiguration: storedConfiguration(cluster.configuration),
				kubelet,
				mark: generatedMark({kubelet}, generated),
			}),
		];
	},
};
