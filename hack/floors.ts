/** Checks the shape of the house: imports point down, every npm package has one door, knowledge does not touch `process`, files stay short. */
import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';

const root = join(import.meta.dirname, '..');
const floors = ['words', 'knowledge', 'effects', 'faces'] as const;
type Floor = (typeof floors)[number];

/** Where a path lives: the first prefix that fits wins, so exceptions come before their room. */
const rooms: readonly (readonly [prefix: string, floor: Floor])[] = [
	['src/model.ts', 'words'],
	['src/errors.ts', 'words'],
	['src/cluster/', 'knowledge'],
	['src/versions.ts', 'knowledge'],
	['src/image-history.ts', 'knowledge'],
	['src/image-list.ts', 'knowledge'],
	['src/artifacts/lock.ts', 'knowledge'],
	['src/artifacts/lock-rules.ts', 'knowledge'],
	['src/artifacts/mirror.ts', 'knowledge'],
	['src/artifacts/releases.ts', 'knowledge'],
	['src/artifacts/mirror-presets.ts', 'knowledge'],
	['src/artifacts/bundle/ustar.ts', 'knowledge'],
	['src/artifacts/bundle/contents.ts', 'knowledge'],
	['src/artifacts/bundle/layout.ts', 'knowledge'],
	['src/artifacts/bundle/spdx.ts', 'knowledge'],
	['src/artifacts/bundle/needs.ts', 'knowledge'],
	['src/artifacts/bundle/package-base.ts', 'knowledge'],
	['src/checks/', 'knowledge'],
	['src/support/collect.ts', 'effects'],
	['src/support/', 'knowledge'],
	['src/phases/', 'knowledge'],
	['src/steps/', 'knowledge'],
	['src/packages/', 'knowledge'],
	['src/patches/', 'knowledge'],
	['src/contract/', 'knowledge'],
	['src/foresight/', 'knowledge'],
	['src/plan.ts', 'knowledge'],
	['src/recipes.ts', 'knowledge'],
	['src/narrow.ts', 'knowledge'],
	['src/render.ts', 'knowledge'],
	['src/yaml.ts', 'knowledge'],
	['src/identity/secrets', 'effects'],
	['src/identity/', 'knowledge'],
	['pki/', 'knowledge'],
	['src/access/', 'effects'],
	['src/survey/', 'effects'],
	['src/host/', 'effects'],
	['src/run/', 'effects'],
	['src/artifacts/', 'effects'],
	['src/pipeline.ts', 'effects'],
	['src/pipeline/', 'effects'],
	['src/report/', 'faces'],
	['src/commands/', 'faces'],
	['src/proof/', 'faces'],
	['src/main.ts', 'faces'],
	['src/index.ts', 'faces'],
];

/** The one door of each npm package; tests and hack/ may use what they like. */
const doors: Readonly<Record<string, readonly string[]>> = {
	ssh2: ['src/host/ssh.ts'],
	'node-forge': ['pki/'],
	handlebars: ['src/render.ts'],
	listr2: ['src/report/'],
	yargs: ['src/main.ts'],
	zod: ['src/cluster/'],
	yaml: ['src/yaml.ts'],
	undici: ['src/artifacts/'],
	'tar-stream': ['src/artifacts/'],
};

const longest = 200;
const long = 150;

/** A source file as the rules see it. `path` is relative to the repository. */
export type Source = {readonly path: string; readonly text: string};

/** Every offence against the shape of the house, one line each. Pure: give it any tree. */
export function offences(sources: readonly Source[]): string[] {
	return sources.flatMap((source) => [
		...importsOf(source).flatMap((target) => judgeImport(source.path, target)),
		...judgePorch(source),
		...judgeLength(source),
	]);
}

/** Files that are longer than they should be, but not yet too long. */
export function warnings(sources: readonly Source[]): string[] {
	return sources
		.filter(({text}) => lines(text) > long && lines(text) <= longest)
		.map(({path, text}) => `${path}: ${lines(text)} lines; ${long} is the aim`);
}

function floorOf(path: string): Floor | undefined {
	return rooms.find(([prefix]) => path.startsWith(prefix))?.[1];
}

function importsOf({text}: Source): string[] {
	const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
	const found = code.matchAll(
		/^\s*(?:import|export)\b[^'"`;]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
	);
	return [...found].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function judgeImport(from: string, target: string): string[] {
	if (target.startsWith('node:')) return [];
	if (!target.startsWith('.')) return judgeDoor(from, target);
	const to = join(dirname(from), target);
	if (from.startsWith('pki/') && !to.startsWith('pki/')) return [`${from}: pki imports nothing from outside, but ${to}`];
	const [own, other] = [floorOf(from), floorOf(to)];
	if (own === undefined) return [`${from}: is on no floor; give its room a row in hack/floors.ts`];
	if (other === undefined) return [`${from}: imports ${to}, which is on no floor`];
	return floors.indexOf(other) > floors.indexOf(own) ? [`${from} (${own}) imports ${to} (${other}): imports point down`] : [];
}

function judgeDoor(from: string, specifier: string): string[] {
	const name = specifier
		.split('/')
		.slice(0, specifier.startsWith('@') ? 2 : 1)
		.join('/');
	const allowed = doors[name];
	if (allowed === undefined) return [`${from}: imports ${name}, which has no door`];
	return allowed.some((door) => from.startsWith(door)) ? [] : [`${from}: imports ${name}; its door is ${allowed.join(', ')}`];
}

function judgePorch({path, text}: Source): string[] {
	// Hands may read where the SSH agent or a cache folder is; knowledge and faces get what they need as arguments.
	if (path === 'src/main.ts' || floorOf(path) === 'effects') return [];
	const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '');
	const imported = /from 'node:process'/.test(code);
	const used = /(?<![.\w])process\.\w/.test(code.replaceAll(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "''"));
	return imported || used ? [`${path}: touches process; only src/main.ts and effects do`] : [];
}

function judgeLength({path, text}: Source): string[] {
	// The vocabulary is looked things up in, not read: it stays one file.
	if (path === 'src/model.ts') return [];
	return lines(text) > longest ? [`${path}: ${lines(text)} lines; the ceiling is ${longest}`] : [];
}

function lines(text: string): number {
	return text.split('\n').length - 1;
}

function read(folder: string): Source[] {
	return readdirSync(join(root, folder), {recursive: true, withFileTypes: true})
		.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
		.map((entry) => join(entry.parentPath, entry.name))
		.sort()
		.map((file) => ({path: relative(root, file), text: readFileSync(file, 'utf8')}));
}

if (import.meta.main) {
	const sources = [...read('src'), ...read('pki')];
	const bad = offences(sources);
	for (const line of warnings(sources)) console.log(`long: ${line}`);
	for (const line of bad) console.error(line);
	console.log(`floors: ${sources.length} files, ${bad.length} offences`);
	process.exitCode = bad.length === 0 ? 0 : 1;
}
