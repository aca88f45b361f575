/** What this operator knows about host keys: the config's pin, and known_hosts files on disk. */
import {appendFileSync, existsSync, mkdirSync, readFileSync} from 'node:fs';
import {dirname} from 'node:path';
import type {Hop} from './hop.ts';
import {parsePin, type Trust} from './host-key.ts';
import {keyType, knownName, lookUp, parseKnownHosts} from './known-hosts.ts';
import {Unreachable} from './unreachable.ts';

const globalFile = '/etc/ssh/ssh_known_hosts';

/**
 * The trust in one hop. A named file stands alone; without one OpenSSH's two places are read: the user's and the machine's.
 * Throws Unreachable when the pin is neither a fingerprint nor a key, or a file cannot be read.
 */
export function trustIn(
	hop: Hop,
	{hostKey, knownHosts, home}: {hostKey?: string | undefined; knownHosts?: string | undefined; home: string},
): Trust {
	const file = knownHosts ?? `${home}/.ssh/known_hosts`;
	const entries = [file, ...(knownHosts === undefined ? [globalFile] : [])].flatMap((path) => parseKnownHosts(read(path), path));
	const pin = hostKey === undefined ? undefined : parsePin(hostKey);
	if (hostKey !== undefined && pin === undefined) {
		throw new Unreachable(`hostKey "${hostKey}" is neither a fingerprint nor a public key`, {
			hint: 'write what ssh-keygen -lf shows (SHA256:…), or the line of the .pub file',
			mends: 'never',
		});
	}
	return {host: hop.host, port: hop.port, known: lookUp(entries, hop.host, hop.port), file, ...(pin && {pin})};
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
export function writeDown({host, port, file}: Trust, hostKey: Buffer): void {
	mkdirSync(dirname(file), {recursive: true, mode: 0o700});
	const unended = existsSync(file) && /[^\n]$/.test(readFileSync(file, 'utf8'));
	appendFileSync(file, `${unended ? '\n' : ''}${knownName(host, port)} ${keyType(hostKey)} ${hostKey.toString('base64')}\n`, {
		mode: 0o600,
	});
}
