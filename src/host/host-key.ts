/** Decides whether a machine's host key is the right one, before a byte of authentication is sent. */
import {fingerprint, type KnownHost, type KnownKey, keyType, knownName} from './known-hosts.ts';

/** Signature algorithms that we accept of a host, best first. `ssh-rsa` with SHA-1 is not among them. */
export const hostKeyAlgorithms = [
	'ssh-ed25519',
	'ecdsa-sha2-nistp256',
	'ecdsa-sha2-nistp384',
	'ecdsa-sha2-nistp521',
	'rsa-sha2-512',
	'rsa-sha2-256',
] as const;

export type Verdict = 'known' | 'new' | 'wrong' | 'revoked';

/** What is known about a machine's host key: `pins` beat known_hosts, as the config beats habit. */
export type Trust = {
	readonly host: string;
	readonly port: number;
	/** From `hostKey:` in the config: a fingerprint, or a whole key. */
	readonly pin?: {readonly fingerprint: string; readonly type?: string};
	readonly known: KnownHost;
	/** The file that an accepted new key is written to, and that a remedy names. */
	readonly file: string;
	/** New keys are written down under a hash of the name. */
	readonly hashed?: boolean;
	/** The ssh config says StrictHostKeyChecking accept-new for this machine: the operator's own choice. */
	readonly acceptNew?: boolean;
	/** The line that says StrictHostKeyChecking no, which is not followed. */
	readonly unheeded?: string;
};

/**
 * Reads `hostKey:` of the config: `SHA256:…`, or a public key line with or without host names and comment.
 * Returns undefined when it is neither.
 */
export function parsePin(text: string): Trust['pin'] | undefined {
	const words = text.trim().split(/\s+/);
	if (words.length === 1) {
		const [, digest] = /^SHA256:([A-Za-z0-9+/]{43})=?$/.exec(words[0]!) ?? [];
		return digest === undefined ? undefined : {fingerprint: `SHA256:${digest}`};
	}
	for (const [index, type] of words.entries()) {
		const blob = Buffer.from(words[index + 1] ?? '', 'base64');
		if (keyType(blob) === type) return {fingerprint: fingerprint(blob), type};
	}
	return undefined;
}

/** The algorithms to ask the server for: those of the keys we know, so that it cannot show one that we cannot judge. */
export function wantedAlgorithms({pin, known}: Trust): readonly string[] {
	const types = pin === undefined ? known.keys.map(({type}) => type) : pin.type === undefined ? [] : [pin.type];
	return types.length === 0 ? hostKeyAlgorithms : hostKeyAlgorithms.filter((name) => types.includes(typeOf(name)));
}

/** Key type of a signature algorithm: RSA keys sign in two ways. */
export function typeOf(algorithm: string): string {
	return algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm;
}

/** Judges a key that the server has shown. */
export function judge({pin, known}: Trust, blob: Buffer): Verdict {
	const same = (key: KnownKey) => key.blob.equals(blob);
	if (known.revoked.some(same)) return 'revoked';
	if (pin !== undefined) return pin.fingerprint === fingerprint(blob) ? 'known' : 'wrong';
	if (known.keys.length === 0) return 'new';
	return known.keys.some(same) ? 'known' : 'wrong';
}

/** The two lines that an operator needs when a host key was refused: what was expected and seen, and what to do. */
export function refusal(
	trust: Trust,
	verdict: Exclude<Verdict, 'known'>,
	seen: readonly Buffer[],
): {message: string; hint: string} {
	const {host, port, pin, known, file, unheeded} = trust;
	const name = knownName(host, port);
	const shown = seen.map((blob) => `${fingerprint(blob)} (${keyType(blob)})`).join(', ') || 'no key of a type that we accept';
	const pasted = `hostKey: "${seen[0] === undefined ? 'SHA256:…' : fingerprint(seen[0])}"`;
	const compare = "compare it on the machine's console with: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub";
	if (verdict === 'new') {
		const authority = known.authorities[0];
		const asides = [
			authority && `; the certificate authority at ${authority.where} does not count, host certificates are not supported`,
			unheeded && `; ${unheeded} does not count, an unknown key is never accepted without being asked for`,
		].filter((one) => one !== undefined);
		return {
			message: `the host key of ${name} is unknown: it is neither pinned in the config nor in ${file}; seen ${shown}${asides.join('')}`,
			hint: `${compare}; if it is the same, write ${pasted} at this node, or run once with --accept-new-host-keys (in an ssh config: StrictHostKeyChecking accept-new); nothing was sent to authenticate`,
		};
	}
	if (verdict === 'revoked') {
		const where = known.revoked.map((key) => key.where).join(', ');
		return {
			message: `the host key of ${name} is revoked (${where}); seen ${shown}`,
			hint: 'give the machine a new host key; nothing was sent to authenticate',
		};
	}
	const expected =
		pin === undefined
			? known.keys.map((key) => `${fingerprint(key.blob)} (${key.where})`).join(', ')
			: `${pin.fingerprint} (hostKey in the config)`;
	const mend =
		pin === undefined ? `remove the old one: ssh-keygen -R '${name}' -f ${file}, and write ${pasted}` : `write ${pasted}`;
	return {
		message: `the host key of ${name} is not the expected one; expected ${expected}; seen ${shown}`,
		hint: `somebody may be listening in. If the machine was reinstalled, ${compare}; if it is the same, ${mend}; nothing was sent to authenticate`,
	};
}
