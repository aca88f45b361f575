/** What this operator knows about host keys: the config's pin, and known_hosts files on disk. */
import {createHmac, randomBytes} from 'node:crypto';
import {appendFileSync, existsSync, mkdirSync, readFileSync} from 'node:fs';
import {dirname} from 'node:path';
import type {Hop} from '../cluster/route.ts';
import type {Told} from '../cluster/ssh-host.ts';
import {parsePin, type Trust} from './host-key.ts';
import {keyType, knownName, lookUp, parseKnownHosts} from './known-hosts.ts';
import {pathFor} from './ssh-paths.ts';
import {Unreachable} from './unreachable.ts';

const globalFiles = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];

/**
 * The trust in one hop. A file that the config names stands alone; without one, what the ssh config says, else OpenSSH's own places.
 * Throws Unreachable when the pin is neither a fingerprint nor a key, or a file cannot be read.
 */
export function trustIn(hop: Hop, home: string): Trust {
	const {hostKey, ssh} = hop;
	const [file, ...others] = placesFor(hop, home);
	const entries = [file, ...others].flatMap((path) => parseKnownHosts(read(path), path));
	const pin = hostKey === undefined ? undefined : parsePin(hostKey);
	if (hostKey !== undefined && pin === undefined) {
		throw new Unreachable(`hostKey "${hostKey}" is neither a fingerprint nor a public key`, {
			hint: 'write what ssh-keygen -lf shows (SHA256:…), or the line of the .pub file',
			mends: 'never',
		});
	}
	// An alias stands for the machine whatever its port.
	const {host, port} = ssh.hostKeyAlias === undefined ? hop : {host: ssh.hostKeyAlias, port: 22};
	const careless = ssh.strict !== undefined && ['no', 'off', 'false'].includes(ssh.strict.words[0]!.toLowerCase());
	return {
		host,
		port,
		known: lookUp(entries, host, port),
		file,
		hashed: ssh.hashKnownHosts,
		acceptNew: ssh.strict?.words[0]?.toLowerCase() === 'accept-new',
		...(careless && {unheeded: `${ssh.strict!.file}:${ssh.strict!.line}: StrictHostKeyChecking ${ssh.strict!.words[0]}`}),
		...(pin && {pin}),
	};
}

/** The files to look into; the first one takes new keys. */
function placesFor({knownHosts, ...hop}: Hop, home: string): [string, ...string[]] {
	if (knownHosts !== undefined) return [knownHosts.replace(/^~(?=\/)/, home)];
	const {userKnownHosts, globalKnownHosts} = hop.ssh;
	const [first, ...more] = userKnownHosts
		? named(userKnownHosts, hop, home)
		: [`${home}/.ssh/known_hosts`, `${home}/.ssh/known_hosts2`];
	return [first!, ...more, ...(globalKnownHosts ?? globalFiles).filter((path) => path !== 'none')];
}

/** Who says /dev/null (as `vagrant ssh-config` does) gets a file beside the ssh config: what was accepted once must be known the next time. */
function named({words, file}: Told, hop: Hop, home: string): string[] {
	const real = words
		.filter((path) => path !== '/dev/null' && path.toLowerCase() !== 'none')
		.map((path) => pathFor(path, hop, home));
	return real.length === 0 ? [`${file}.known_hosts`] : real;
}

function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		const {code} = error as NodeJS.ErrnoException;
		if (code === 'ENOENT') return '';
		throw new Unreachable(`${path} cannot be read (${code})`, {hint: 'mend its mode or owner', mends: 'never', cause: error});
	}
}

/** Writes an accepted key down, as OpenSSH does. Synchronous and one write, so that parallel connections cannot mix their lines. */
export function writeDown({host, port, file, hashed}: Trust, hostKey: Buffer): void {
	mkdirSync(dirname(file), {recursive: true, mode: 0o700});
	const unended = existsSync(file) && /[^\n]$/.test(readFileSync(file, 'utf8'));
	const name = hashed ? hashOf(knownName(host, port)) : knownName(host, port);
	appendFileSync(file, `${unended ? '\n' : ''}${name} ${keyType(hostKey)} ${hostKey.toString('base64')}\n`, {mode: 0o600});
}

function hashOf(name: string): string {
	const salt = randomBytes(20);
	return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}
