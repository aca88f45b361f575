import {noProxyOf} from '../cluster/no-proxy.ts';
import type {Phase, Step} from '../model.ts';
import {render} from '../render.ts';

const path = '/etc/systemd/system/containerd.service.d/60-kubestrap-proxy.conf';
const notify = ['containerd.service'];

/**
 * The proxy through which containerd pulls, in its own unit, so that neither the kubelet nor any pod inherits it: kubeadm writes the proxy of its
 * shell into the static pods. A proxy that is no longer in the config goes.
 */
export const runtimeProxy: Phase = {
	name: 'runtime-proxy',
	title: 'Give the container runtime its proxy',
	on: 'every',
	steps: ({cluster, sites}): Step[] => {
		const {proxy} = cluster;
		if (proxy === undefined) return [{kind: 'absent', path, notify}];
		const all = {HTTP_PROXY: proxy.http, HTTPS_PROXY: proxy.https, NO_PROXY: noProxyOf(cluster, sites).join(',')};
		const variables = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [unitWord(`${name}=${value}`)]));
		return [{kind: 'file', path, content: render('systemd/proxy.conf', {variables}), mode: '0644', notify}];
	},
};

/** What stands in quotes in a unit file (systemd.syntax(7)), before quotes and backslashes get theirs: a percent sign would be a specifier. */
export const unitWord = (word: string): string => word.replaceAll('%', '%%');
