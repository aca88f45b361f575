/** The projects' own releases: taken, against their published checksums, where their hosts can be reached. */
import {createHash} from 'node:crypto';
import {chmodSync, mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {checksumIn} from '../../src/artifacts/releases.ts';
import {run, tell} from './command.ts';
import type {Component} from './components.ts';

/** One file of a release, and which binaries it brings: itself, or members of an archive. */
export type Download = {
	readonly url: string;
	/** A checksum alone, or a list with a line that names the file. */
	readonly sums: string;
	readonly members: Readonly<Record<string, string>> | {readonly itself: string};
};

const github = 'https://github.com';
const all = (names: readonly string[], path: (name: string) => string) =>
	Object.fromEntries(names.map((name) => [name, path(name)]));

function archive(url: string, sums: string, {binaries}: Component, path: (name: string) => string): readonly Download[] {
	return [{url, sums, members: all(Object.keys(binaries), path)}];
}

/** Where each project publishes. What has no row, or no checksum, is compiled. */
const publishers: Readonly<Record<string, (row: Component) => readonly Download[]>> = {
	kubernetes: ({version, binaries}) =>
		Object.keys(binaries).map((name) => {
			const url = `https://dl.k8s.io/release/${version}/bin/linux/amd64/${name}`;
			return {url, sums: `${url}.sha256`, members: {itself: name}};
		}),
	etcd: (row) => {
		const base = `${github}/etcd-io/etcd/releases/download/${row.version}`;
		const name = `etcd-${row.version}-linux-amd64`;
		return archive(`${base}/${name}.tar.gz`, `${base}/SHA256SUMS`, row, (binary) => `${name}/${binary}`);
	},
	coredns: (row) => {
		const url = `${github}/coredns/coredns/releases/download/${row.version}/coredns_${row.version.slice(1)}_linux_amd64.tgz`;
		return archive(url, `${url}.sha256`, row, (binary) => binary);
	},
	containerd: (row) => {
		const url = `${github}/containerd/containerd/releases/download/${row.version}/containerd-${row.version.slice(1)}-linux-amd64.tar.gz`;
		return archive(url, `${url}.sha256sum`, row, (binary) => `bin/${binary}`);
	},
	runc: ({version}) => {
		const base = `${github}/opencontainers/runc/releases/download/${version}`;
		return [{url: `${base}/runc.amd64`, sums: `${base}/runc.sha256sum`, members: {itself: 'runc'}}];
	},
	'cni-plugins': (row) => {
		const url = `${github}/containernetworking/plugins/releases/download/${row.version}/cni-plugins-linux-amd64-${row.version}.tgz`;
		return archive(url, `${url}.sha256`, row, (binary) => `./${binary}`);
	},
	crictl: (row) => {
		const url = `${github}/kubernetes-sigs/cri-tools/releases/download/${row.version}/crictl-${row.version}-linux-amd64.tar.gz`;
		return archive(url, `${url}.sha256`, row, (binary) => binary);
	},
};

export function downloadsOf(row: Component): readonly Download[] {
	return publishers[row.name.replace(/-v?\d.*$/, '')]?.(row) ?? [];
}

const asked = new Map<string, Promise<boolean>>();

/** Asked once per host and run, and not waited for: behind a firewall that drops, compiling is the answer. */
function reachable(url: string): Promise<boolean> {
	const {origin} = new URL(url);
	const answer =
		asked.get(origin) ??
		fetch(url, {method: 'HEAD', signal: AbortSignal.timeout(3000)}).then(
			() => true,
			() => false,
		);
	asked.set(origin, answer);
	return answer;
}

async function get(url: string): Promise<Buffer> {
	const response = await fetch(url, {signal: AbortSignal.timeout(600_000)});
	if (!response.ok) throw new Error(`${url} answered ${response.status}`);
	return Buffer.from(await response.arrayBuffer());
}

/** Lays a release's binaries into `folder`; false when it is not there. Throws when its bytes are not what the project says they are. */
export async function take({url, sums, members}: Download, folder: string): Promise<boolean> {
	const got = await Promise.all([get(url), get(sums)]).catch(() => undefined);
	if (got === undefined) return false;
	const [bytes, list] = got;
	const expected = checksumIn(list.toString('utf8'), basename(url));
	const actual = createHash('sha256').update(bytes).digest('hex');
	if (actual !== expected) throw new Error(`${url} has sha256 ${actual}, its project says ${expected ?? 'nothing'}`);
	const part = join(folder, '.download');
	rmSync(part, {recursive: true, force: true});
	mkdirSync(part, {recursive: true});
	const file = join(part, '.archive');
	writeFileSync(file, bytes);
	if ('itself' in members) renameSync(file, join(part, members.itself));
	else await run(['tar', '-xf', file, '-C', part, ...Object.values(members)]);
	for (const [name, path] of Object.entries('itself' in members ? {[members.itself]: members.itself} : members)) {
		chmodSync(join(part, path), 0o755);
		renameSync(join(part, path), join(folder, name));
	}
	rmSync(part, {recursive: true});
	return true;
}

/** Tries a component's releases for the wanted binaries; what it could not bring is left to the compiler. */
export async function takeReleases(row: Component, wanted: readonly string[], folder: string): Promise<void> {
	for (const download of downloadsOf(row)) {
		const brings = 'itself' in download.members ? [download.members.itself] : Object.keys(download.members);
		if (!brings.some((name) => wanted.includes(name)) || !(await reachable(download.url))) continue;
		tell(`  fetching ${download.url}`);
		if (!(await take(download, folder))) tell(`  not there: ${download.url}`);
	}
}
