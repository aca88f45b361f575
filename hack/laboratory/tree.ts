/** The trees that nodes start from: a plain small Debian with sshd and three users, made once by mmdebstrap and copied per node. */
import {createHash} from 'node:crypto';
import {chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {run, tell} from './command.ts';
import {debianTree, leaveOut, mmdebstrap} from './debian.ts';

export type TreeRecipe = {
	readonly suite: string;
	readonly packages: readonly string[];
	/** Path → text. */
	readonly files: Readonly<Record<string, string>>;
	/** Unit → the target that wants it. */
	readonly enabled: Readonly<Record<string, string>>;
	readonly masked: readonly string[];
	/** What else belongs into the tree: `key` changes when it does. */
	readonly more?: {readonly key: string; add(tree: string): Promise<void>};
};

/** What a machine has on which kubestrap is let loose, whatever its kernel is. */
export const plainPackages = [
	'systemd',
	'systemd-sysv',
	'dbus',
	'openssh-server',
	'iproute2',
	'iptables',
	'conntrack',
	'ethtool',
	'socat',
	'kmod',
	'procps',
	'ca-certificates',
	'sudo',
	'ebtables',
];

export const plainFiles = {
	'etc/sudoers.d/lab': 'debian ALL=(ALL) NOPASSWD: ALL\ncarol ALL=(ALL) ALL\n',
	'etc/ssh/sshd_config.d/lab.conf': 'UseDNS no\nPermitRootLogin prohibit-password\nMaxStartups 60:30:120\n',
	'etc/machine-id': '',
};

/** The unit that runs `command` when everything has started. */
export const readyUnit = (command: string) => `[Unit]
Description=Tell the lab that this machine has booted
After=ssh.service systemd-user-sessions.service dbus.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=${command}

[Install]
WantedBy=multi-user.target
`;

/** Timers and units that only cost a lab node time at boot, or that want hardware. */
export const plainMasked = [
	'apt-daily.timer',
	'apt-daily-upgrade.timer',
	'dpkg-db-backup.timer',
	'e2scrub_all.timer',
	'fstrim.timer',
	'systemd-timesyncd.service',
];

async function furnish(tree: string, {files, enabled, masked}: TreeRecipe): Promise<void> {
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(join(tree, path, '..'), {recursive: true});
		writeFileSync(join(tree, path), text);
	}
	chmodSync(join(tree, 'etc/sudoers.d/lab'), 0o440);
	for (const [unit, target] of Object.entries(enabled)) {
		const wants = join(tree, 'etc/systemd/system', `${target}.wants`);
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

/** Makes the tree if this machine has none yet for that recipe; answers its path. */
export async function plainTree(recipe: TreeRecipe): Promise<string> {
	const {suite, packages, more} = recipe;
	const key = createHash('sha256').update(JSON.stringify([recipe, more?.key, leaveOut, furnish.toString()]));
	return debianTree(`${suite}-${key.digest('hex').slice(0, 12)}`, async (part) => {
		tell(`making the nodes’ Debian, ${suite} (once per machine, about a minute) …`);
		await mmdebstrap(['--variant=minbase', `--include=${packages.join(',')}`, suite, part]);
		await furnish(part, recipe);
		await more?.add(part);
	});
}
