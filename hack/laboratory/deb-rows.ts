/** The packages of the lab's apt repositories: a row each, with the relations, files and scripts that upstream's packages have. */
import {render} from '../../src/render.ts';
import {binaryNames} from './build.ts';

export type DebRow = {
	readonly name: string;
	readonly version: string;
	/** Fields of its control file beside the usual ones. */
	readonly fields: Readonly<Record<string, string>>;
	/** Path on the node → `component/binary`. */
	readonly binaries: Readonly<Record<string, string>>;
	/** Path on the node → text. */
	readonly texts?: Readonly<Record<string, string>>;
	readonly conffiles?: readonly string[];
	/** A unit that comes with it: started at once or only enabled, as upstream's scripts have it. */
	readonly unit?: {readonly name: string; readonly start: boolean};
};

const text = (template: string) => `# Of the package.\n${render(template, {}) as string}`;
const every = (component: string, folder: string) =>
	Object.fromEntries(binaryNames(component).map((name) => [`${folder}/${name}`, `${component}/${name}`]));

/** Of pkgs.k8s.io (kubernetes/release, cmd/krel/templates/latest). */
export function kubernetesDebs(version: string): readonly DebRow[] {
	const component = `kubernetes-${version}`;
	const number = `${version.slice(1)}-1.1`;
	const units = '/usr/lib/systemd/system';
	return [
		{
			name: 'kubelet',
			version: number,
			fields: {Depends: 'iptables (>= 1.4.21), kubernetes-cni (>= 1.2.0), mount, util-linux'},
			binaries: {'/usr/bin/kubelet': `${component}/kubelet`},
			texts: {
				[`${units}/kubelet.service`]: text('systemd/kubelet.service'),
				'/etc/default/kubelet': 'KUBELET_EXTRA_ARGS=\n',
				'/var/lib/kubelet/.kubelet-keep': '',
				'/etc/kubernetes/manifests/.kubelet-keep': '',
			},
			conffiles: ['/etc/default/kubelet'],
			unit: {name: 'kubelet.service', start: false},
		},
		{name: 'kubectl', version: number, fields: {}, binaries: {'/usr/bin/kubectl': `${component}/kubectl`}},
		{
			name: 'kubeadm',
			version: number,
			fields: {},
			binaries: {'/usr/bin/kubeadm': `${component}/kubeadm`},
			texts: {[`${units}/kubelet.service.d/10-kubeadm.conf`]: text('systemd/10-kubeadm.conf')},
		},
		{name: 'cri-tools', version: '1.36.0-1.1', fields: {}, binaries: {'/usr/bin/crictl': 'crictl-v1.36.0/crictl'}},
		{name: 'kubernetes-cni', version: '1.9.1-1.1', fields: {}, binaries: every('cni-plugins-v1.9.1', '/opt/cni/bin')},
	];
}

/** Of download.docker.com. Its configuration has the CRI plug-in turned off, and its unit is started by the installation. */
export const dockerDebs: readonly DebRow[] = [
	{
		name: 'containerd.io',
		version: '2.4.2-1~debian.12~bookworm',
		fields: {Conflicts: 'containerd, runc', Provides: 'containerd, runc', Replaces: 'containerd, runc'},
		binaries: {...every('containerd-v2.4.2', '/usr/bin'), '/usr/bin/runc': 'runc-v1.5.2/runc'},
		texts: {
			'/lib/systemd/system/containerd.service': text('systemd/containerd.service').replace('/usr/local/bin/', '/usr/bin/'),
			'/etc/containerd/config.toml': 'disabled_plugins = ["cri"]\n',
		},
		conffiles: ['/etc/containerd/config.toml'],
		unit: {name: 'containerd.service', start: true},
	},
];

/** What a node lacks in the worst case, and Debian's own runtime: taken from Debian with all that they need. */
export const debianNames = ['iptables', 'ebtables', 'conntrack', 'socat', 'ethtool', 'containerd', 'runc'] as const;

/** As debhelper writes them. */
export function scriptsOf({unit}: DebRow): Readonly<Record<string, string>> {
	if (unit === undefined) return {};
	const {name, start} = unit;
	const run = (action: string) => `deb-systemd-invoke ${action} ${name} >/dev/null || true`;
	return {
		postinst: `#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
deb-systemd-helper unmask ${name} >/dev/null || true
${start ? `deb-systemd-helper enable ${name} >/dev/null || true\n` : ''}[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload >/dev/null || true
if [ -n "$2" ]; then ${run('try-restart')}; ${start ? `else ${run('start')}; ` : ''}fi
`,
		prerm: `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then ${run('stop')}; fi
`,
		postrm: `#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload >/dev/null || true; fi
if [ "$1" = purge ]; then deb-systemd-helper purge ${name} >/dev/null || true; fi
`,
	};
}
