import type {Phase, Scope, Step} from '../model.ts';
import {render} from '../render.ts';
import {artifactKey, imagesFor} from '../versions.ts';

const unit = 'containerd.service';

/** What containerd makes on its own. */
const made = ['/var/lib/containerd', '/opt/containerd', '/run/containerd'];

/** containerd, runc, the CNI plugins and crictl from locked artifacts; config version 3 with systemd cgroups. */
export const runtime: Phase = {
	name: 'runtime',
	title: 'Install the container runtime',
	on: 'every',
	steps: (scope): Step[] => {
		const {arch} = scope.site.facts;
		return [
			{kind: 'fetch', artifact: artifactKey('runc', arch), path: '/usr/local/sbin/runc', mode: '0755', notify: [unit]},
			{
				kind: 'fetch',
				artifact: artifactKey('containerd', arch),
				unpack: {into: '/usr/local/bin', strip: 'bin/'},
				mode: '0755',
				notify: [unit],
			},
			{kind: 'fetch', artifact: artifactKey('cni-plugins', arch), unpack: {into: '/opt/cni/bin'}, mode: '0755'},
			{kind: 'fetch', artifact: artifactKey('crictl', arch), unpack: {into: '/usr/local/bin'}, mode: '0755'},
			...made.map((path): Step => ({kind: 'noted', path})),
			{kind: 'dir', path: '/etc/containerd', mode: '0755'},
			{kind: 'dir', path: '/etc/cni/net.d', mode: '0755'},
			{kind: 'file', path: '/etc/containerd/config.toml', content: config(scope), mode: '0644', notify: [unit]},
			{
				kind: 'file',
				path: '/etc/systemd/system/containerd.service',
				content: render('systemd/containerd.service', {}),
				mode: '0644',
				notify: [unit],
			},
			{
				kind: 'file',
				path: '/etc/crictl.yaml',
				content: render('containerd/crictl.yaml', {socket: scope.cluster.registration.criSocket}),
				mode: '0644',
			},
			{kind: 'service', unit, state: 'started', enabled: true},
		];
	},
};

/** Without CAP_SYS_RESOURCE no process may lower its oom_score_adj, and every sandbox would fail on it: containerd is told to keep what it has. */
function config({cluster, site}: Scope) {
	return render('containerd/config.toml', {
		// As containerd itself has it by default: /var/run is a link on every distribution.
		socket: cluster.registration.criSocket.replace('unix://', '').replace(/^\/var\/run\//, '/run/'),
		sandboxImage: imagesFor(cluster).pause,
		restrictOomScoreAdj: !site.facts.capSysResource,
	});
}
