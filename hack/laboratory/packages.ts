/** Debian packages that the lab itself needs: installed when one is missing, never removed. */
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
];

const checked = new Set<string>();

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
		// A packaged registry would start itself; the lab starts its own.
		const install = ['apt-get', 'install', '-y', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0', ...missing];
		await run(['apt-get', 'update', '-q'], {env});
		await run(install, {env: {...env, RUNLEVEL: '1'}});
	}
	for (const name of unknown) checked.add(name);
}
