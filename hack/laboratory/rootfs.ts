/** The tree that every node starts from: a plain small Debian with sshd, made once by mmdebstrap and copied per node. */
import {createHash} from 'node:crypto';
import {chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {run, tell} from './command.ts';
import {debianTree, leaveOut, mmdebstrap, suite} from './debian.ts';

const include = `systemd,systemd-sysv,dbus,openssh-server,iproute2,iptables,conntrack,ethtool,socat,kmod,procps,ca-certificates,sudo,ebtables`;

/** Units and files that make an nspawn container look like a machine with its own cgroups. */
const files: Readonly<Record<string, string>> = {
	'etc/systemd/system/lab-mounts.service': `[Unit]
Description=Make cgroups writable and mounts shared, as on a machine of its own
DefaultDependencies=no
Before=basic.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'mount -o remount,bind,rw /sys/fs/cgroup; for each in /sys/fs/cgroup/*; do mount -o remount,bind,rw "$each" 2>/dev/null || true; done; mount --make-rshared /'

[Install]
WantedBy=sysinit.target
`,
	'etc/systemd/system/lab-ready.service': `[Unit]
Description=Tell the lab that this machine has booted
After=ssh.service systemd-user-sessions.service dbus.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/touch /var/tmp/lab-booted

[Install]
WantedBy=multi-user.target
`,
	'etc/sudoers.d/lab': 'debian ALL=(ALL) NOPASSWD: ALL\ncarol ALL=(ALL) ALL\n',
	// The kernel's log is the host's, and every copy of it would be written to disk by every node.
	'etc/systemd/journald.conf.d/lab.conf': '[Journal]\nReadKMsg=no\nStorage=volatile\n',
	'etc/ssh/sshd_config.d/lab.conf': 'UseDNS no\nPermitRootLogin prohibit-password\nMaxStartups 60:30:120\n',
	'etc/fstab': '',
	'etc/machine-id': '',
};

const enabled = {
	'sysinit.target.wants': 'lab-mounts.service',
	'multi-user.target.wants': 'lab-ready.service',
} as const;

/** Timers and units that only cost a lab node time at boot, or that want hardware. */
const masked = [
	'apt-daily.timer',
	'apt-daily-upgrade.timer',
	'dpkg-db-backup.timer',
	'e2scrub_all.timer',
	'fstrim.timer',
	'systemd-timesyncd.service',
];

async function furnish(tree: string): Promise<void> {
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(join(tree, path, '..'), {recursive: true});
		writeFileSync(join(tree, path), text);
	}
	chmodSync(join(tree, 'etc/sudoers.d/lab'), 0o440);
	for (const [target, unit] of Object.entries(enabled)) {
		const wants = join(tree, 'etc/systemd/system', target);
		mkdirSync(wants, {recursive: true});
		symlinkSync(`../${unit}`, join(wants, unit));
	}
	for (const unit of masked) {
		rmSync(join(tree, 'etc/systemd/system', unit), {force: true});
		symlinkSync('/dev/null', join(tree, 'etc/systemd/system', unit));
	}
	await run(['chroot', tree, 'useradd', '--create-home', '--shell', '/bin/bash', 'debian']);
	await run(['chroot', tree, 'useradd', '--create-home', '--shell', '/bin/bash', 'carol']);
	// Every lab makes its own, and nothing may come from the machine that made the tree.
	for (const name of readdirSync(join(tree, 'etc/ssh'))) if (name.startsWith('ssh_host_')) rmSync(join(tree, 'etc/ssh', name));
	for (const path of ['etc/resolv.conf', 'etc/hostname', 'var/lib/dbus/machine-id', 'var/cache/apt', 'var/lib/apt/lists']) {
		rmSync(join(tree, path), {recursive: true, force: true});
	}
}

/** Makes the tree if this machine has none yet for the present recipe; answers its path. */
export async function rootfs(): Promise<string> {
	const recipe = createHash('sha256').update(
		JSON.stringify([suite, include, leaveOut, files, enabled, masked, furnish.toString()]),
	);
	return debianTree(`${suite}-${recipe.digest('hex').slice(0, 12)}`, async (part) => {
		tell('making the nodes’ Debian (once per machine, about a minute) …');
		await mmdebstrap(['--variant=minbase', `--include=${include}`, suite, part]);
		await furnish(part);
	});
}
