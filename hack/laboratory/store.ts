/** What a lab's mirror holds: release files, a registry's storage and the lock file over both; made once per Kubernetes version and recipe. */
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {writeLock} from '../../src/artifacts/lock.ts';
import type {LockedBinary} from '../../src/model.ts';
import {type AptStore, aptStore, binariesForApt, serveApt} from './apt-repository.ts';
import {build} from './build.ts';
import {tell} from './command.ts';
import {type Versions, versionsOf} from './components.ts';
import {images} from './image-store.ts';
import {bases, environment, imageRows} from './images.ts';
import {underLock} from './lock.ts';
import {packages} from './packages.ts';
import {mirrorCache} from './places.ts';
import {folderOf, records} from './record.ts';
import {binariesOf, type Compiled, release} from './release-files.ts';
import {releaseRows} from './releases.ts';

/** Raise it when archives, layers or the lock are made in another way: what was made before is then made anew. */
const revision = 1;

export type Store = {readonly files: string; readonly registry: string; readonly lock: string};

async function compiled(wanted: readonly string[]): Promise<Compiled> {
	const files = new Map<string, string>();
	for (const each of new Set(wanted)) {
		const [component = '', binary = ''] = each.split('/');
		files.set(each, join(await build(component, [binary]), binary));
	}
	return files;
}

async function make(versions: Versions, folder: string, files: Compiled, apt: AptStore): Promise<void> {
	const part = `${folder}.part`;
	rmSync(part, {recursive: true, force: true});
	mkdirSync(part, {recursive: true});
	tell('filling the mirror …');
	const binaries: Record<string, LockedBinary> = {};
	for (const row of releaseRows(versions.kubernetes)) binaries[row.key] = await release(row, join(part, 'files'), files);
	await serveApt(apt, join(part, 'files'));
	const locked = await images(imageRows(versions), part, files);
	writeFileSync(
		join(part, 'kubestrap.lock'),
		writeLock({binaries, images: locked, packages: apt.packages, madeBy: 'hack/lab', madeAt: new Date().toISOString()}),
	);
	renameSync(part, folder);
}

/** Milliseconds in which another checkout, whose recipe is another one, may want its mirror again. */
const recent = 24 * 3600 * 1000;

/** Removes what earlier recipes left, except what is new or still served by a lab: a version's mirror takes two thirds of a gigabyte. */
function prune(kubernetesVersion: string, kept: string): void {
	const served = new Set(
		records().flatMap(({name}) => {
			const files = filesLink(name);
			return existsSync(files) ? dirname(readlinkSync(files)) : [];
		}),
	);
	for (const name of readdirSync(mirrorCache)) {
		const folder = join(mirrorCache, name);
		const old = name.startsWith(`${kubernetesVersion}-`) && !name.endsWith('.lock') && folder !== kept && !served.has(folder);
		if (old && Date.now() - statSync(folder).mtimeMs > recent) rmSync(folder, {recursive: true, force: true});
	}
}

/** Where a lab's mirror serves from, as a link. */
export const filesLink = (lab: string) => join(folderOf(lab), 'files');

/** Compiles what is missing and fills the mirror's folders, if this machine has not got them yet. */
export async function store(kubernetesVersion: string): Promise<Store> {
	const versions = versionsOf(kubernetesVersion);
	await packages(['docker-registry', 'skopeo', 'mmdebstrap']);
	const releases = releaseRows(kubernetesVersion);
	const rows = imageRows(versions);
	const files = await compiled([
		...releases.flatMap(({file}) => binariesOf(file)),
		...rows.flatMap(({parts}) => Object.values(parts)),
		...binariesForApt(kubernetesVersion),
	]);
	const apt = await aptStore(kubernetesVersion, files);
	const recipe = createHash('sha256').update(
		JSON.stringify([revision, ...files, releases, rows, bases, environment, apt.folder]),
	);
	const folder = join(mirrorCache, `${kubernetesVersion}-${recipe.digest('hex').slice(0, 12)}`);
	await underLock(`${folder}.lock`, async () => {
		if (existsSync(folder)) return;
		await make(versions, folder, files, apt);
		prune(kubernetesVersion, folder);
	});
	return {files: join(folder, 'files'), registry: join(folder, 'registry'), lock: join(folder, 'kubestrap.lock')};
}
