/** The Debian of nspawn nodes. */
import {suite} from './debian.ts';
import {plainFiles, plainMasked, plainPackages, plainTree, readyUnit} from './tree.ts';

/** Units and files that make an nspawn container look like a machine with its own cgroups. */
const mounts = `[Unit]
Description=Make cgroups writable and mounts shared, as on a machine of its own
DefaultDependencies=no
Before=basic.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'mount -o remount,bind,rw /sys/fs/cgroup; for each in /sys/fs/cgroup/*; do mount -o remount,bind,rw "$each" 2>/dev/null || true; done; mount --make-rshared /'

[Install]
WantedBy=sysinit.target
`;

export const rootfs = (): Promise<string> =>
	plainTree({
		suite,
		packages: plainPackages,
		files: {
			...plainFiles,
			'etc/systemd/system/lab-mounts.service': mounts,
			'etc/systemd/system/lab-ready.service': readyUnit('/usr/bin/touch /var/tmp/lab-booted'),
			// The kernel's log is the host's, and every copy of it would be written to disk by every node.
			'etc/systemd/journald.conf.d/lab.conf': '[Journal]\nReadKMsg=no\nStorage=volatile\n',
			'etc/fstab': '',
		},
		enabled: {'lab-mounts.service': 'sysinit.target', 'lab-ready.service': 'multi-user.target'},
		masked: plainMasked,
	});
