import type {Phase, Step} from '../model.ts';
import {render} from '../render.ts';
import {artifactKey} from '../versions.ts';

const binaries = ['kubelet', 'kubectl'] as const;

/** kubelet and kubectl where the Debian packages put them, with the packages' unit and drop-in (contract 7.4). */
export const kubelet: Phase = {
	name: 'kubelet',
	title: 'Install kubelet and kubectl',
	on: 'every',
	steps: ({cluster, site}): Step[] => [
		...binaries.map(
			(name): Step => ({
				kind: 'fetch',
				artifact: artifactKey(name, site.facts.arch, cluster.configuration.kubernetesVersion),
				path: `/usr/bin/${name}`,
				mode: '0755',
				notify: name === 'kubelet' ? ['kubelet.service'] : [],
			}),
		),
		{kind: 'dir', path: '/etc/kubernetes', mode: '0755'},
		{kind: 'dir', path: '/etc/kubernetes/manifests', mode: '0755'},
		{kind: 'dir', path: '/var/lib/kubelet', mode: '0755'},
		{
			kind: 'file',
			path: '/usr/lib/systemd/system/kubelet.service',
			content: render('systemd/kubelet.service', {}),
			mode: '0644',
			notify: ['kubelet.service'],
		},
		{kind: 'dir', path: '/usr/lib/systemd/system/kubelet.service.d', mode: '0755'},
		{
			kind: 'file',
			path: '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf',
			content: render('systemd/10-kubeadm.conf', {}),
			mode: '0644',
			notify: ['kubelet.service'],
		},
	],
};
