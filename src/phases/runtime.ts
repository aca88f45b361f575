import type {Phase, Scope, Step} from '../model.ts';
import {lockedVersion, runtimePackages} from '../packages/wanted.ts';
import {render} from '../render.ts';
import {artifactKey, imagesFor} from '../versions.ts';

const unit = 'containerd.service';

/** What containerd makes on its own. */
export const madeByContainerd = ['/var/lib/containerd', '/opt/containerd', '/run/containerd'] as const;

/**
 * containerd, runc, the CNI plugins and crictl from locked artifacts, as far as no package brought them (`packages`); its configuration with systemd
 * cgroups.
 */
export const runtime: Phase = {
	name: 'runtime',
	title: 'Install the container runtime',
	on: 'every',
	steps: (scope): Step[] => [
		...fetched(scope),
		...madeByContainerd.map((path): Step => ({kind: 'noted', path})),
		{kind: 'dir', path: '/etc/containerd', mode: '0755'},
		{kind: 'dir', path: '/etc/cni/net.d', mode: '0755'},
		{kind: 'file', path: '/etc/containerd/config.toml', content: config(scope), mode: '0644', notify: [unit]},
		...(scope.cluster.runtime.source === 'packages'
			? []
			: [
					{
						kind: 'file',
						path: '/etc/systemd/system/containerd.service',
						content: render('systemd/containerd.service', {}),
						mode: '0644',
						notify: [unit],
					} as const,
				]),
		{
			kind: 'file',
			path: '/etc/crictl.yaml',
			content: render('containerd/crictl.yaml', {socket: scope.cluster.registration.criSocket}),
			mode: '0644',
		},
		{kind: 'service', unit, state: 'started', enabled: true},
	],
};

function fetched({cluster, site}: Scope): Step[] {
	const {arch} = site.facts;
	const own: Step[] = [
		{kind: 'fetch', artifact: artifactKey('runc', arch), path: '/usr/local/sbin/runc', mode: '0755', notify: [unit]},
		{
			kind: 'fetch',
			artifact: artifactKey('containerd', arch),
			unpack: {into: '/usr/local/bin', strip: 'bin/'},
			mode: '0755',
			notify: [unit],
		},
	];
	const beside: Step[] = [
		{kind: 'fetch', artifact: artifactKey('cni-plugins', arch), unpack: {into: '/opt/cni/bin'}, mode: '0755'},
		{kind: 'fetch', artifact: artifactKey('crictl', arch), unpack: {into: '/usr/local/bin'}, mode: '0755'},
	];
	return [...(cluster.runtime.source === 'packages' ? [] : own), ...(cluster.kubernetes.source === 'packages' ? [] : beside)];
}

/** Without CAP_SYS_RESOURCE no process may lower its oom_score_adj, and every sandbox would fail on it: containerd is told to keep what it has. */
function config(scope: Scope) {
	const {cluster, site} = scope;
	const {template, runc} = installed(scope);
	return render(template, {
		// As containerd itself has it by default: /var/run is a link on every distribution.
		socket: cluster.registration.criSocket.replace('unix://', '').replace(/^\/var\/run\//, '/run/'),
		sandboxImage: imagesFor(cluster).pause,
		restrictOomScoreAdj: !site.facts.capSysResource,
		runc,
	});
}

/** Where runc lies, and the form of the configuration: containerd 1 does not know version 3. */
function installed({cluster, lock, site}: Scope): {template: string; runc: string} {
	if (cluster.runtime.source === 'binaries') return {template: 'containerd/config.toml', runc: '/usr/local/sbin/runc'};
	const {repository, runc} = runtimePackages[cluster.runtime.package];
	const version = lockedVersion(lock, {repository, name: cluster.runtime.package}, site.facts.arch);
	return {template: version?.startsWith('1.') ? 'containerd/config-1.toml' : 'containerd/config.toml', runc};
}
