import type {Phase} from '../model.ts';
import {artifactKey} from '../versions.ts';

/** kubeadm itself, for the day somebody goes back to it. Nothing here needs it, so its bytes come while the cluster starts. */
export const kubeadm: Phase = {
	name: 'kubeadm',
	title: 'Install kubeadm',
	on: 'every',
	background: true,
	steps: ({cluster, site}) =>
		cluster.kubernetes.source === 'packages'
			? []
			: [
					{
						kind: 'fetch',
						artifact: artifactKey('kubeadm', site.facts.arch, cluster.configuration.kubernetesVersion),
						path: '/usr/bin/kubeadm',
						mode: '0755',
					},
				],
};
