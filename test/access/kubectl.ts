/**
 * A kubectl for played machines, with an API of its own behind it: objects in /run/objects.json, each with a version that writes must name
 * if they name one. Its calls are in /run/kubectl.log. While /run/api.down is there, the API does not answer.
 */
import {appendFileSync, existsSync, readFileSync, writeFileSync} from 'node:fs';
import {argv, exit, stderr, stdin, stdout} from 'node:process';
import {text} from 'node:stream/consumers';

type Thing = {
	kind: string;
	type?: string;
	metadata: {name: string; namespace?: string; uid?: string; resourceVersion?: string};
	data?: Record<string, string>;
	stringData?: Record<string, string>;
	spec?: Record<string, unknown>;
	items?: Thing[];
};

const args = argv.slice(2);
const flag = (name: string) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const verb = args.find((arg) => ['get', 'create', 'replace', 'apply', 'delete'].includes(arg))!;
appendFileSync('/run/kubectl.log', `${args.join(' ')}\n`);

function refuse(why: string): never {
	stderr.write(`a warning first\n${why}\n`);
	exit(1);
}
if (existsSync('/run/api.down'))
	refuse('The connection to the server 192.0.2.11:6443 was refused - did you specify the right host or port?');

const store = '/run/objects.json';
const objects: Record<string, Thing> = existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : {};
const space = flag('-n');
const idOf = ({kind, metadata}: Thing) => `${kind.toLowerCase()}/${metadata.namespace}/${metadata.name}`;
const shown = (thing: Thing) => {
	const output = flag('-o') ?? '';
	if (output === 'json') return JSON.stringify(thing);
	if (output === 'name') return `${thing.kind.toLowerCase()}/${thing.metadata.name}\n`;
	if (output === 'go-template={{.metadata.uid}}') return thing.metadata.uid!;
	if (output === 'go-template={{.metadata.resourceVersion}}') return thing.metadata.resourceVersion!;
	const {renewTime = '-', acquireTime = '-', holderIdentity = '-'} = thing.spec ?? {};
	return [thing.metadata.resourceVersion, renewTime, acquireTime, holderIdentity].join(' ');
};

function write(thing: Thing): Thing {
	const old = objects[idOf(thing)];
	const edition = String(1 + Math.max(0, ...Object.values(objects).map(({metadata}) => Number(metadata.resourceVersion))));
	const data = Object.entries(thing.stringData ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
	const {stringData: _, ...rest} = thing;
	const made = {
		...rest,
		...(thing.kind === 'Secret' ? {data: {...thing.data, ...Object.fromEntries(data)}} : {}),
		metadata: {...thing.metadata, uid: old?.metadata.uid ?? `uid-${edition}`, resourceVersion: edition},
	};
	objects[idOf(thing)] = made;
	return made;
}

const input = flag('-f') === '-' ? await text(stdin) : '';
const given = () => JSON.parse(input) as Thing;
const verbs: Record<string, () => string> = {
	get() {
		const [kind = '', name] = args.slice(args.indexOf('get') + 1).filter((arg) => /^[a-z]/.test(arg) && arg !== 'json');
		const selector = flag('--field-selector')?.split('=')[1];
		if (selector !== undefined) return JSON.stringify({items: Object.values(objects).filter(({type}) => type === selector)});
		const thing = objects[`${kind}/${space}/${name}`];
		return thing === undefined ? '' : shown(thing);
	},
	create() {
		const thing = given();
		if (objects[idOf(thing)]) refuse(`Error from server (AlreadyExists): object "${thing.metadata.name}" already exists`);
		return shown(write(thing));
	},
	replace() {
		const thing = given();
		const old = objects[idOf(thing)] ?? refuse(`Error from server (NotFound): object "${thing.metadata.name}" not found`);
		const {resourceVersion = old.metadata.resourceVersion} = thing.metadata;
		if (resourceVersion !== old.metadata.resourceVersion) refuse('Error from server (Conflict): the object has been modified');
		return shown(write(thing));
	},
	apply: () =>
		given()
			.items!.map((thing) => shown(write(thing)))
			.join(''),
	delete() {
		const raw = flag('--raw');
		if (raw !== undefined) {
			const [name, , at] = raw.split('/').reverse() as [string, string, string];
			const {preconditions} = given() as unknown as {preconditions: {resourceVersion: string}};
			const id = `lease/${at}/${name}`;
			if (objects[id]?.metadata.resourceVersion !== preconditions.resourceVersion) refuse('Error from server (Conflict)');
			delete objects[id];
			return '{}';
		}
		const ids = args.filter((arg) => arg.startsWith('bootstrap-token-')).map((name) => `secret/${space}/${name}`);
		const there = ids.filter((id) => objects[id]).map((id) => objects[id]!);
		for (const thing of there) delete objects[idOf(thing)];
		return there.map(shown).join('');
	},
};
stdout.write(verbs[verb]!());
if (verb !== 'get') writeFileSync(store, JSON.stringify(objects));
