import {cloudInit} from '../contract/hosts-files.ts';
import type {Phase, Step} from '../model.ts';

/** The machine's own name becomes the node's, now and after every boot, when the config says so (`os.hostname: set`). */
export const hostName: Phase = {
	name: 'host-name',
	title: 'Give the machine the name of its node',
	on: 'every',
	steps: ({cluster, site}): Step[] => {
		if (cluster.os.hostname !== 'set') return [];
		// cloud-init would give the machine its cloud's name again at the next boot.
		const told: Step = {
			kind: 'file',
			path: `${cloudInit}.d/99-kubestrap.cfg`,
			content: '# Written by kubestrap.\npreserve_hostname: true\n',
			mode: '0644',
		};
		return [
			{kind: 'file', path: '/etc/hostname', content: `${site.name}\n`, mode: '0644'},
			...(site.facts.files[cloudInit] === undefined ? [] : [told]),
			{kind: 'sysctl', name: 'kernel.hostname', value: site.name},
		];
	},
};
