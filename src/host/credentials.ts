/** Finds the keys that an operator can prove to have: the key files that are named, the agent's, the usual files. No passwords. */
import {readFileSync} from 'node:fs';
import {type AgentKeys, agentKeys, type Credential, type Held} from './agent.ts';
import {publicBlobOf} from './key-file.ts';
import {fingerprint, keyType} from './known-hosts.ts';
import {type ParsedKey, parseKey} from './ssh.ts';

export type Credentials = {
	readonly all: readonly Credential[];
	/** Why a key that was asked for cannot be used. */
	readonly problems: readonly string[];
};

/** Which keys are meant. Paths are filled in. */
export type Wanted = {
	/** In the order in which they are offered; none: the usual ones. */
	readonly files: readonly string[];
	/** The agent's other keys stay out. */
	readonly only: boolean;
	/** The agent's socket; empty for none. */
	readonly agent: string;
	readonly home: string;
};

/** sshd gives up after six tries (MaxAuthTries), and counts each key that is offered. */
const mostKeys = 6;
const mostAgentKeys = 5;
const usualFiles = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/**
 * The keys of one run: each file is read and each agent asked once, however many machines want them, because parsing an encrypted key is
 * slow work that blocks. `passphrase` is asked at most once, when a file is encrypted and the agent does not hold it.
 * Never throws but for what `passphrase` throws; problems are told with the refusal that they lead to.
 */
export function keyRing({passphrase}: {passphrase?: (() => Promise<string>) | undefined} = {}) {
	const rings = new Map<string, Promise<Credentials>>();
	const agents = new Map<string, Promise<AgentKeys>>();
	const files = new Map<string, Promise<Read>>();
	const once = <T>(map: Map<string, T>, key: string, make: () => T): T => {
		const made = map.get(key) ?? make();
		map.set(key, made);
		return made;
	};
	return (wanted: Wanted): Promise<Credentials> => once(rings, JSON.stringify(wanted), () => find(wanted));

	async function find({files: named, only, agent: socket, home}: Wanted): Promise<Credentials> {
		const agent = await once(agents, socket, () => agentKeys(socket));
		const asked = named.length > 0;
		const names = asked ? named : usualFiles.map((name) => `${home}/.ssh/${name}`);
		const found: Read[] = [];
		// One after the other: the passphrase of the first may open the others.
		for (const file of names) found.push(await once(files, `${socket}\0${asked}\0${file}`, () => read(file, agent.keys, asked)));
		const fromFiles = found.flatMap(({credential}) => credential ?? []);
		const others = only ? [] : agent.keys;
		// What is named comes before what the agent has besides; the usual files come after it, as they are only guesses.
		const ordered = asked
			? [...fromFiles, ...others.slice(0, Math.max(0, mostKeys - fromFiles.length))]
			: [...others.slice(0, mostAgentKeys), ...fromFiles];
		return {
			all: ordered.filter((one, index) => ordered.findIndex(({blob}) => blob.equals(one.blob)) === index),
			problems: [...(agent.problem === undefined ? [] : [agent.problem]), ...found.flatMap(({problem}) => problem ?? [])],
		};
	}

	async function read(file: string, agent: readonly Held[], asked: boolean): Promise<Read> {
		let text: Buffer;
		try {
			text = readFileSync(file);
		} catch (error) {
			// The public half may lie there alone: the private one is in the agent.
			const held = heldAs(publicBlobOf(Buffer.alloc(0), file), agent);
			if (held) return {credential: held};
			return asked ? {problem: `the key file ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`} : {};
		}
		const key = parsed(text);
		if (!(key instanceof Error)) {
			if (key.isPrivateKey()) return {credential: fromFile(key, file)};
			const held = heldAs(key.getPublicSSH(), agent);
			return held
				? {credential: held}
				: {problem: `${file} is a public key, and ssh-agent does not hold its private one; name the private one`};
		}
		const held = heldAs(publicBlobOf(text, file), agent);
		if (held) return {credential: held};
		if (!/encrypted/i.test(key.message))
			return asked ? {problem: `${file} is no private key that can be read (${key.message})`} : {};
		if (passphrase === undefined) {
			const ways = `ssh-add ${file}, or --ask-identity-passphrase`;
			return {problem: `the key file ${file} is encrypted and ssh-agent does not hold it (${ways})`};
		}
		const opened = parsed(text, await passphrase());
		return opened instanceof Error
			? {problem: `the passphrase does not open the key file ${file}`}
			: {credential: fromFile(opened, file)};
	}
}

type Read = {readonly credential?: Held; readonly problem?: string};

function parsed(text: Buffer, passphrase?: string): ParsedKey | Error {
	const key = parseKey(text, passphrase);
	return Array.isArray(key) ? key[0]! : key;
}

function fromFile(key: ParsedKey, file: string): Held {
	const blob = key.getPublicSSH();
	return {blob, label: `${fingerprint(blob)} (${file})`, method: (username) => ({type: 'publickey', username, key})};
}

function heldAs(blob: Buffer | undefined, agent: readonly Held[]): Held | undefined {
	return blob && keyType(blob) !== '' ? agent.find((one) => one.blob.equals(blob)) : undefined;
}
