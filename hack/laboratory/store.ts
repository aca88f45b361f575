/** What a lab's mirror holds: release files, a registry's storage and the lock file over both; made once per Kubernetes version and recipe. */
import {createHash} from 'node:crypto';
import {
	copyFileSync,
	existsSync,
	linkSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {createServer} from 'node:net';
import {basename, dirname, join} from 'node:path';
import type {LockedBinary, LockedImage} from '../../src/model.ts';
import {binaryNames, build} from './build.ts';
import {run, tell} from './command.ts';
import {type Versions, versionsOf} from './components.ts';
import {bases, environment, type ImageRow, imageRows} from './images.ts';
import {digestOf, type Layer, layerOf, plainTar, writeLayout} from './layout.ts';
import {underLock} from './lock.ts';
import {lockText} from './lockfile.ts';
import {packages} from './packages.ts';
import {mirrorCache} from './places.ts';
import {end} from './processes.ts';
import {registryAnswers, startRegistry} from './registry.ts';
import {type ReleaseRow, releaseRows} from './releases.ts';
import {mmdebstrap} from './rootfs.ts';

export type Store = {readonly files: string; readonly registry: string; readonly lock: string};

/** A link when both lie on one file system, else a copy. */
function link(from: string, to: string): void {
	mkdirSync(dirname(to), {recursive: true});
	try {
		linkSync(from, to);
	} catch {
		copyFileSync(from, to);
	}
}

async function compiled(wanted: readonly string[]): Promise<ReadonlyMap<string, string>> {
	const files = new Map<string, string>();
	for (const each of new Set(wanted)) {
		const [component = '', binary = ''] = each.split('/');
		files.set(each, join(await build(component, [binary]), binary));
	}
	return files;
}

function binariesOf(file: ReleaseRow['file']): readonly string[] {
	return typeof file === 'string' ? [file] : binaryNames(file.component).map((name) => `${file.component}/${name}`);
}

async function archive(row: ReleaseRow, target: string, files: ReadonlyMap<string, string>, prefix: string): Promise<void> {
	const tree = `${target}.tree`;
	for (const each of binariesOf(row.file)) link(files.get(each) ?? '', join(tree, prefix, basename(each)));
	const names = prefix === 'bin/' ? ['bin'] : prefix === './' ? ['.'] : readdirSync(tree);
	await run([...plainTar, '--mode=0755', '-C', tree, '-cf', `${target}.tar`, ...names]);
	await run(['sh', '-c', 'gzip -n -1 < "$1" > "$2"', 'sh', `${target}.tar`, target]);
	rmSync(tree, {recursive: true});
	rmSync(`${target}.tar`);
}

async function release(row: ReleaseRow, folder: string, files: ReadonlyMap<string, string>): Promise<LockedBinary> {
	const target = join(folder, row.path);
	mkdirSync(dirname(target), {recursive: true});
	if (typeof row.file === 'string') link(files.get(row.file) ?? '', target);
	else await archive(row, target, files, row.file.prefix);
	const digest = await digestOf(target);
	writeFileSync(`${target}.sha256`, digest.sha256);
	return {...digest, from: [row.path]};
}

async function baseLayer(name: keyof typeof bases, folder: string): Promise<Layer> {
	const tree = join(folder, `base-${name}`);
	await mmdebstrap(['--variant=extract', `--include=${bases[name].packages.join(',')}`, 'bookworm', tree]);
	for (const [path, to] of Object.entries(bases[name].links)) symlinkSync(to, join(tree, path));
	if (name === 'busybox') {
		const applets = (await run([join(tree, 'bin/busybox'), '--list'])).stdout.trim().split('\n');
		for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(tree, 'bin', applet));
		for (const each of ['usr/share', 'var']) rmSync(join(tree, each), {recursive: true, force: true});
	}
	mkdirSync(join(tree, 'tmp'), {recursive: true});
	const layer = await layerOf(tree, join(folder, 'layers'));
	rmSync(tree, {recursive: true});
	return layer;
}

async function image(row: ImageRow, folder: string, below: readonly Layer[], files: ReadonlyMap<string, string>) {
	const layers = [...below];
	if (Object.keys(row.parts).length > 0) {
		const tree = join(folder, 'tree');
		rmSync(tree, {recursive: true, force: true});
		for (const [path, from] of Object.entries(row.parts)) link(files.get(from) ?? '', join(tree, path));
		layers.push(await layerOf(tree, join(folder, 'layers')));
		rmSync(tree, {recursive: true});
	}
	const config = {
		Env: environment,
		...(row.entrypoint === undefined ? {} : {Entrypoint: row.entrypoint}),
		...(row.command === undefined ? {} : {Cmd: row.command}),
	};
	return writeLayout(join(folder, 'layout'), config, layers, link);
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	await new Promise((resolve) => server.close(resolve));
	return address !== null && typeof address === 'object' ? address.port : 0;
}

async function images(rows: readonly ImageRow[], folder: string, files: ReadonlyMap<string, string>) {
	const work = join(folder, 'work');
	mkdirSync(work, {recursive: true});
	const below = new Map<string, Layer>();
	for (const name of new Set(rows.flatMap(({base}) => base ?? []))) below.set(name, await baseLayer(name, work));
	const listen = `127.0.0.1:${await freePort()}`;
	const registry = startRegistry({folder: work, storage: join(folder, 'registry'), listen, readonly: false});
	const locked: Record<string, LockedImage> = {};
	try {
		await registryAnswers(listen, registry);
		for (const row of rows) {
			const base = row.base === undefined ? undefined : below.get(row.base);
			const made = await image(row, work, base === undefined ? [] : [base], files);
			const target = row.ref.replace(/^[^/]+/, listen);
			const copy = ['skopeo', 'copy', '--insecure-policy', '--preserve-digests', '--dest-tls-verify=false'];
			await run([...copy, `oci:${join(work, 'layout')}:it`, `docker://${target}`]);
			locked[row.ref] = {platform: 'linux/amd64', ...made, from: [row.ref]};
		}
	} finally {
		await end(registry);
	}
	rmSync(work, {recursive: true});
	return locked;
}

async function make(versions: Versions, folder: string, files: ReadonlyMap<string, string>): Promise<void> {
	const part = `${folder}.part`;
	rmSync(part, {recursive: true, force: true});
	mkdirSync(part, {recursive: true});
	tell('filling the mirror …');
	const binaries: Record<string, LockedBinary> = {};
	for (const row of releaseRows(versions.kubernetes)) binaries[row.key] = await release(row, join(part, 'files'), files);
	const locked = await images(imageRows(versions), part, files);
	writeFileSync(
		join(part, 'kubestrap.lock'),
		lockText({binaries, images: locked, madeBy: 'hack/lab', madeAt: new Date().toISOString()}),
	);
	renameSync(part, folder);
}

/** Compiles what is missing and fills the mirror's folders, if this machine has not got them yet. */
export async function store(kubernetesVersion: string): Promise<Store> {
	const versions = versionsOf(kubernetesVersion);
	await packages(['docker-registry', 'skopeo', 'mmdebstrap']);
	const releases = releaseRows(kubernetesVersion);
	const rows = imageRows(versions);
	const files = await compiled([
		...releases.flatMap(({file}) => binariesOf(file)),
		...rows.flatMap(({parts}) => Object.values(parts)),
	]);
	const recipe = createHash('sha256').update(JSON.stringify([...files, releases, rows, bases, environment]));
	for (const file of ['store.ts', 'layout.ts', 'lockfile.ts']) recipe.update(readFileSync(join(import.meta.dirname, file)));
	const folder = join(mirrorCache, `${kubernetesVersion}-${recipe.digest('hex').slice(0, 12)}`);
	await underLock(`${folder}.lock`, async () => {
		if (!existsSync(folder)) await make(versions, folder, files);
	});
	return {files: join(folder, 'files'), registry: join(folder, 'registry'), lock: join(folder, 'kubestrap.lock')};
}
