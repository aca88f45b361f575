/** Debian packages that the lab itself needs: installed when one is missing, never removed. */
import {existsSync, mkdirSync, symlinkSync} from 'node:fs';
import {dirname} from 'node:path';
import {run, tell} from './command.ts';

export const labPackages = [
	'systemd-container',
	'mmdebstrap',
	'docker-registry',
	'skopeo',
	'iproute2',
	'iptables',
	'openssh-client',
	'openssl',
	'procps',
	'util-linux',
	'nftables',
];

const checked = new Set<string>();

/** Masks a unit before its package comes: Debian would start a registry on port 5000 of every address, where labs want theirs. */
function keepStopped(unit: string): void {
	const mask = `/etc/systemd/system/${unit}`;
	if (existsSync(mask)) return;
	mkdirSync(dirname(mask), {recursive: true});
	symlinkSync('/dev/null', mask);
}

export async function packages(names: readonly string[]): Promise<void> {
	const unknown = names.filter((name) => !checked.has(name));
	if (unknown.length === 0) return;
	const query = await run(['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\n', ...unknown], {mayFail: true});
	const installed = new Set(
		query.stdout
			.split('\n')
			.filter((line) => line.endsWith(' installed'))
			.map((line) => line.split(' ')[0]),
	);
	const missing = unknown.filter((name) => !installed.has(name));
	if (missing.length > 0) {
		tell(`installing Debian packages: ${missing.join(' ')}`);
		const env = {DEBIAN_FRONTEND: 'noninteractive'};
		if (missing.includes('docker-registry')) keepStopped('docker-registry.service');
		// Another lab may be installing at this moment.
		const apt = ['apt-get', '-q', '-o', 'DPkg::Lock::Timeout=600', '-o', 'Dpkg::Use-Pty=0'];
		await run([...apt, 'update'], {env});
		await run([...apt, 'install', '-y', '--no-install-recommends', ...missing], {env});
	}
	for (const name of unknown) checked.add(name);
}
