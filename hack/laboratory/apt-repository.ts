/** Real apt repositories of the lab's components and of Debian's packages, signed by a key of their own; made once per machine and recipe. */
import {createHash} from 'node:crypto';
import {chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import type {LockedRepository} from '../../src/model.ts';
import {readPackages} from '../../src/packages/control.ts';
import {run, tell} from './command.ts';
import {type DebRow, debianNames, dockerDebs, kubernetesDebs, scriptsOf} from './deb-rows.ts';
import {suite} from './debian.ts';
import {link} from './layout.ts';
import {underLock} from './lock.ts';
import {packages} from './packages.ts';
import {mirrorCache} from './places.ts';
import type {Compiled} from './release-files.ts';

/** Raise it when repositories are made in another way. */
const revision = 1;

/** `folder`: `kubernetes/`, `docker/`, `debian/`, `debian-security/` as a mirror serves them, and `signing/`, which it must not. */
export type AptStore = {readonly folder: string; readonly packages: Readonly<Record<string, LockedRepository>>};

async function deb(row: DebRow, into: string, work: string, files: Compiled): Promise<void> {
	const tree = join(work, row.name);
	for (const [path, from] of Object.entries(row.binaries)) {
		link(files.get(from) ?? '', join(tree, path));
		chmodSync(join(tree, path), 0o755);
	}
	const write = (path: string, text: string, mode = 0o644) => {
		mkdirSync(dirname(join(tree, path)), {recursive: true});
		writeFileSync(join(tree, path), text, {mode});
	};
	for (const [path, text] of Object.entries(row.texts ?? {})) write(path, text);
	for (const [name, text] of Object.entries(scriptsOf(row))) write(`DEBIAN/${name}`, text, 0o755);
	if (row.conffiles) write('DEBIAN/conffiles', row.conffiles.map((path) => `${path}\n`).join(''));
	const fields = {Package: row.name, Version: row.version, Architecture: 'amd64', Maintainer: 'lab <lab@lab>', ...row.fields};
	const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
	write('DEBIAN/control', `${lines.join('')}Description: ${row.name}, as the lab has it\n`);
	mkdirSync(into, {recursive: true});
	// Not compressed: between namespaces of one machine, unpacking would cost more than sending.
	await run(['dpkg-deb', '--root-owner-group', '-Znone', '--build', tree, join(into, `${row.name}_${row.version}_amd64.deb`)]);
	rmSync(tree, {recursive: true});
}

/** Debian's packages with all that they need, as this machine's apt finds them. */
async function debian(into: string): Promise<void> {
	mkdirSync(into, {recursive: true});
	await run(['apt-get', '-q', '-o', 'DPkg::Lock::Timeout=600', 'update']);
	const leave = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((what) => `--no-${what}`);
	const {stdout} = await run(['apt-cache', 'depends', '--recurse', ...leave, ...debianNames]);
	const names = [...new Set(stdout.split('\n').filter((line) => /^\w/.test(line)))];
	await run(['apt-get', 'download', '-q', '-o', 'APT::Sandbox::User=root', ...names], {cwd: into});
	// A colon of an epoch is not part of a name in Debian's pool.
	for (const name of readdirSync(into)) renameSync(join(into, name), join(into, name.replace(/_\d+%3a/, '_')));
}

/** `apt-ftparchive packages` below a folder, as the index of a repository and packed. */
async function index(root: string, below: string, into: string): Promise<void> {
	mkdirSync(join(root, into), {recursive: true});
	const {stdout} = await run(['apt-ftparchive', 'packages', below], {cwd: root});
	const file = join(root, into, 'Packages');
	writeFileSync(file, stdout.replace(/^Filename: \.\//gm, 'Filename: '));
	await run(['gzip', '-kn', file]);
}

type About = {
	readonly codename?: string;
	readonly suite?: string;
	readonly components?: string;
	readonly validUntil?: string;
	readonly time?: string;
};

/** Release, InRelease and Release.gpg of a folder with indexes, signed by the key in `home`. Tests sign anew what they have changed. */
export async function sign(folder: string, home: string, about: About = {}): Promise<void> {
	const time = about.time === undefined ? [] : ['--faked-system-time', about.time];
	for (const name of ['Release', 'InRelease', 'Release.gpg']) rmSync(join(folder, name), {force: true});
	const values = {
		Origin: 'lab',
		Label: 'lab',
		...(about.suite ? {Suite: about.suite} : {}),
		...(about.codename ? {Codename: about.codename} : {}),
		Architectures: 'amd64',
		...(about.components ? {Components: about.components} : {}),
	};
	const options = Object.entries(values).flatMap(([name, value]) => ['-o', `APT::FTPArchive::Release::${name}=${value}`]);
	const {stdout} = await run(['apt-ftparchive', ...options, 'release', '.'], {cwd: folder});
	const file = join(folder, 'Release');
	writeFileSync(file, about.validUntil ? `Valid-Until: ${about.validUntil}\n${stdout}` : stdout);
	const gpg = ['gpg', '--homedir', home, '--batch', '--yes', ...time, '--digest-algo', 'SHA512'];
	await run([...gpg, '--armor', '--detach-sign', '--output', `${file}.gpg`, file]);
	await run([...gpg, '--clearsign', '--output', join(folder, 'InRelease'), file]);
}

/** A key without a passphrase in a folder of its own: its fingerprint, and its public half armored. `expire` and `time` as gpg has them. */
export async function signingKey(home: string, expire = 'never', time?: string): Promise<{fingerprint: string; armored: string}> {
	mkdirSync(home, {recursive: true, mode: 0o700});
	const gpg = ['gpg', '--homedir', home, '--batch', '--quiet', ...(time === undefined ? [] : ['--faked-system-time', time])];
	await run([...gpg, '--passphrase', '', '--quick-gen-key', 'lab <lab@lab>', 'rsa2048', 'sign', expire]);
	const {stdout} = await run([...gpg, '--with-colons', '--list-keys']);
	const {stdout: armored} = await run([...gpg, '--armor', '--export']);
	return {fingerprint: /^fpr:+([0-9A-F]{40}):/m.exec(stdout)?.[1] ?? '', armored};
}

function locked(root: string, at: string, repository: string, fingerprint: string, wanted: readonly string[]): LockedRepository {
	const rows = readPackages(readFileSync(join(root, at, 'Packages'), 'utf8')).filter(({name}) => wanted.includes(name));
	const files = rows.map(({name, arch, ...file}) => [`${name}/${arch}`, file] as const);
	return {repository, fingerprint, files: Object.fromEntries(files)};
}

async function make(folder: string, kubernetes: string, files: Compiled): Promise<AptStore['packages']> {
	const work = join(folder, 'work');
	const home = join(folder, 'signing');
	const {fingerprint, armored} = await signingKey(home);
	const flat = `core/stable/${kubernetes.replace(/\.\d+$/, '')}/deb`;
	const core = join(folder, 'kubernetes', flat);
	for (const row of kubernetesDebs(kubernetes)) await deb(row, join(core, 'amd64'), work, files);
	await index(core, '.', '.');
	await sign(core, home);
	writeFileSync(join(core, 'Release.key'), armored);
	const docker = join(folder, 'docker/linux/debian');
	const stable = `dists/${suite}`;
	for (const row of dockerDebs) await deb(row, join(docker, stable, 'pool/stable/amd64'), work, files);
	await index(docker, stable, `${stable}/stable/binary-amd64`);
	await sign(join(docker, stable), home, {suite, codename: suite, components: 'stable'});
	writeFileSync(join(docker, 'gpg'), armored);
	await debian(join(folder, 'debian/pool/main'));
	await index(join(folder, 'debian'), 'pool', `${stable}/main/binary-amd64`);
	for (const [part, name] of [
		['debian', suite],
		['debian', `${suite}-updates`],
		['debian-security', `${suite}-security`],
	] as const) {
		const dist = join(folder, part, 'dists', name);
		if (name !== suite) await index(join(folder, part), 'dists', `dists/${name}/main/binary-amd64`);
		await sign(dist, home, {suite: name, codename: name, components: 'main'});
	}
	writeFileSync(join(folder, 'debian/lab.asc'), armored);
	await run(['gpgconf', '--homedir', home, '--kill', 'all'], {mayFail: true});
	rmSync(work, {recursive: true, force: true});
	const names = (rows: readonly DebRow[]) => rows.map(({name}) => name);
	const main = `${stable}/main/binary-amd64`;
	return {
		kubernetes: locked(core, '.', flat, fingerprint, names(kubernetesDebs(kubernetes))),
		docker: locked(docker, `${stable}/stable/binary-amd64`, `linux/debian/${stable}/stable`, fingerprint, names(dockerDebs)),
		os: locked(join(folder, 'debian'), main, `${stable}/main`, fingerprint, debianNames),
	};
}

/** The binaries that the repositories need, `component/binary`. */
export const binariesForApt = (kubernetes: string): readonly string[] =>
	[...kubernetesDebs(kubernetes), ...dockerDebs].flatMap(({binaries}) => Object.values(binaries));

/** The repositories of a Kubernetes version, made if this machine has not got them yet. */
export async function aptStore(kubernetes: string, files: Compiled): Promise<AptStore> {
	await packages(['apt-utils', 'gpg', 'gpg-agent', 'dpkg']);
	const rows = [...kubernetesDebs(kubernetes), ...dockerDebs];
	const recipe = [revision, rows, rows.map(scriptsOf), debianNames, suite, ...files];
	const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
	const folder = join(mirrorCache, `apt-${kubernetes}-${hash}`);
	const about = join(folder, 'packages.json');
	await underLock(`${folder}.lock`, async () => {
		if (existsSync(folder)) return;
		tell(`making the apt repositories of ${basename(folder)} …`);
		const part = `${folder}.part`;
		rmSync(part, {recursive: true, force: true});
		const made = await make(part, kubernetes, files);
		writeFileSync(join(part, 'packages.json'), JSON.stringify(made));
		renameSync(part, folder);
	});
	return {folder, packages: JSON.parse(readFileSync(about, 'utf8'))};
}

/** Copies what is served into a mirror's folder: files are few but large, so they are linked. */
export async function serveApt({folder}: AptStore, into: string): Promise<void> {
	for (const name of ['kubernetes', 'docker', 'debian', 'debian-security']) await run(['cp', '-al', join(folder, name), into]);
	cpSync(join(folder, 'debian/lab.asc'), join(into, 'lab.asc'));
}
