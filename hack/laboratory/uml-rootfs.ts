/** The Debian of User-mode Linux nodes: trixie, with its own cgroup v2, udev and kernel modules. */
import {run} from './command.ts';
import {plainFiles, plainMasked, plainPackages, plainTree, readyUnit} from './tree.ts';
import {umlKernel} from './uml-kernel.ts';

/** What the node says on its console once it has booted. */
export const bootedWord = 'lab-booted';

/** Nothing configures a network by itself here, and the kernel calls its card vec0. The addresses are the node's own file. */
const network = `[Unit]
Description=Bring the line up under the name that cards have elsewhere
DefaultDependencies=no
Before=network-pre.target basic.target shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/ip -batch /etc/lab-network

[Install]
WantedBy=sysinit.target
`;

/** The kernel names no clock speed, and the kubelet's statistics end without one. */
const cpuinfo = `[Unit]
Description=Say a clock speed in /proc/cpuinfo, as kernels of real machines do
DefaultDependencies=no
Before=basic.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'sed "/^model name/a cpu MHz\\\\t\\\\t: 2000.000" /proc/cpuinfo >/run/lab-cpuinfo && mount --bind /run/lab-cpuinfo /proc/cpuinfo'
ExecStop=/usr/bin/umount /proc/cpuinfo

[Install]
WantedBy=sysinit.target
`;

/** `nat`: a folder of modules that the kernel gets besides its own. */
export async function umlRootfs(nat?: string): Promise<string> {
	const {config, modules, release} = await umlKernel();
	return plainTree({
		suite: 'trixie',
		// The generator makes no swap without a configuration, and a test writes that.
		packages: [...plainPackages, 'udev', 'systemd-zram-generator'],
		files: {
			...plainFiles,
			'etc/systemd/system/lab-network.service': network,
			'etc/systemd/system/lab-cpuinfo.service': cpuinfo,
			'etc/systemd/system/lab-ready.service': readyUnit(`/bin/sh -c 'echo ${bootedWord} >/dev/console'`),
			'etc/fstab': '/dev/ubda / ext4 defaults 0 1\n',
			// Newer than /usr: nothing is to be made anew at the first boot.
			'etc/.updated': '',
			'var/.updated': '',
		},
		enabled: {
			'lab-network.service': 'sysinit.target',
			'lab-cpuinfo.service': 'sysinit.target',
			'lab-ready.service': 'multi-user.target',
		},
		masked: [...plainMasked, 'getty@tty1.service', 'systemd-growfs-root.service'],
		more: {
			key: [modules, nat].join(),
			async add(tree) {
				await run(['rm', '-f', `${tree}/usr/lib/systemd/zram-generator.conf`, `${tree}/etc/systemd/zram-generator.conf`]);
				await run(['cp', config, `${tree}/boot/config-${release}`]);
				await run(['mkdir', '-p', `${tree}/usr/lib/modules`]);
				const folder = `${tree}/usr/lib/modules/${release}`;
				await run(['cp', '-a', `${modules}/${release}`, folder]);
				if (nat === undefined) return;
				await run(['cp', '-a', nat, `${folder}/updates`]);
				await run(['chroot', tree, 'depmod', release]);
			},
		},
	});
}
