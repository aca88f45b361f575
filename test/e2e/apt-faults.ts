/** A repository of the lab, copied and spoilt in one way: what a user meets at a mirror that is not what it should be. */
import {appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {sign, signingKey} from '../../hack/laboratory/apt-repository.ts';
import {run} from '../../hack/laboratory/command.ts';
import {serveFolder} from '../../hack/laboratory/mirror.ts';

const path = 'core/stable/v1.37/deb';

export type Fault = {
	readonly name: string;
	/** Spoils a copy of the flat repository; answers the fingerprint that the lock shall have, if it is another. */
	readonly spoil: (folder: string, keys: string) => Promise<string | undefined>;
	/** What the operator is told. */
	readonly says: RegExp;
};

const repack = async (folder: string) => {
	rmSync(join(folder, 'Packages.gz'));
	await run(['gzip', '-kn', join(folder, 'Packages')]);
};

export const faults: readonly Fault[] = [
	{
		name: 'a mirror that signs anew, with a key of its own',
		spoil: async (folder, keys) => {
			await signingKey(keys);
			await sign(folder, keys);
			return undefined;
		},
		says: /signed by another key \([0-9A-F]+\) than the one that the lock names/,
	},
	{
		name: 'a key that is not the one of the lock',
		spoil: async (folder, keys) => {
			writeFileSync(join(folder, 'Release.key'), (await signingKey(keys)).armored);
			return undefined;
		},
		says: /its fingerprint is [0-9A-F]{40}, not [0-9A-F]{40} as the lock has it/,
	},
	{
		name: 'a key that has expired',
		spoil: async (folder, keys) => {
			const {fingerprint, armored} = await signingKey(keys, 'seconds=86400', '20260101T000000!');
			writeFileSync(join(folder, 'Release.key'), armored);
			return fingerprint;
		},
		says: /has expired \(2026-01-02\)/,
	},
	{
		name: 'no signature',
		spoil: async (folder) => {
			for (const name of ['InRelease', 'Release.gpg']) rmSync(join(folder, name));
			return undefined;
		},
		says: /has no signature/,
	},
	{
		name: 'half synced: an index that is newer than its Release',
		spoil: async (folder) => {
			appendFileSync(join(folder, 'Packages'), '\nPackage: newer\n');
			await repack(folder);
			return undefined;
		},
		says: /half synced/,
	},
	{
		name: 'a Release that holds no more',
		spoil: async (folder, keys) => {
			const {fingerprint, armored} = await signingKey(keys);
			writeFileSync(join(folder, 'Release.key'), armored);
			await sign(folder, keys, {validUntil: 'Thu, 01 Jan 2026 00:00:00 UTC'});
			return fingerprint;
		},
		says: /holds no more since .*not kept up to date/,
	},
	{
		name: 'a version that the mirror does not have (any more)',
		spoil: async (folder, keys) => {
			const {fingerprint, armored} = await signingKey(keys);
			writeFileSync(join(folder, 'Release.key'), armored);
			const index = join(folder, 'Packages');
			writeFileSync(index, readFileSync(index, 'utf8').replaceAll('1.37.1-1.1\n', '1.37.1-2.1\n'));
			await repack(folder);
			await sign(folder, keys);
			return fingerprint;
		},
		says: /has no kubelet 1\.37\.1-1\.1, which the lock names/,
	},
];

/** Serves the spoilt copy on an address of this machine; answers what `mirror.packages.kubernetes` has to be, and the lock's fingerprint. */
export async function spoilt(fault: Fault, files: string, work: string, address: string) {
	const root = join(work, fault.name.replaceAll(/\W+/g, '-'));
	const folder = join(root, 'kubernetes', path);
	mkdirSync(folder, {recursive: true});
	const from = join(files, 'kubernetes', path);
	for (const name of ['Packages', 'Packages.gz', 'Release', 'Release.gpg', 'InRelease', 'Release.key'])
		cpSync(join(from, name), join(folder, name), {dereference: true});
	symlinkSync(join(from, 'amd64'), join(folder, 'amd64'));
	const keys = join(root, 'k');
	const fingerprint = await fault.spoil(folder, keys);
	await run(['gpgconf', '--homedir', keys, '--kill', 'all'], {mayFail: true});
	const server: Server = createServer(serveFolder(root, () => {}));
	await new Promise<void>((resolve) => server.listen(0, address, resolve));
	const base = `${address}:${(server.address() as AddressInfo).port}`;
	return {url: `http://${base}/kubernetes`, host: base, fingerprint, close: () => server.close()};
}
