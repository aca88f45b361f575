/** Reads OpenSSH's known_hosts format (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT") and asks it about one machine. Pure. */
import {createHash, createHmac} from 'node:crypto';

export type KnownKey = {
	/** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, … */
	readonly type: string;
	/** The public key as it travels on the wire. */
	readonly blob: Buffer;
	/** Where it is written: `file:line`, for error texts. */
	readonly where: string;
};

type Entry = KnownKey & {readonly marker: '' | 'revoked' | 'cert-authority'; readonly hosts: string};

/** What known_hosts files say about one machine. */
export type KnownHost = {
	readonly keys: readonly KnownKey[];
	readonly revoked: readonly KnownKey[];
	/** Lines that trust a certificate authority: ssh2 cannot check host certificates, so they prove nothing here. */
	readonly authorities: readonly KnownKey[];
};

/** Reads the text of one known_hosts file. Lines that nobody could use are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): readonly Entry[] {
	return text.split('\n').flatMap((line, index) => entry(line.trim(), `${file}:${index + 1}`));
}

function entry(line: string, where: string): Entry[] {
	if (line === '' || line.startsWith('#')) return [];
	const words = line.split(/\s+/);
	const marker = words[0]?.startsWith('@') ? words.shift()!.slice(1) : '';
	if (marker !== '' && marker !== 'revoked' && marker !== 'cert-authority') return [];
	const [hosts, type, base64] = words;
	if (hosts === undefined || type === undefined || base64 === undefined) return [];
	const blob = Buffer.from(base64, 'base64');
	return keyType(blob) === type ? [{marker, hosts, type, blob, where}] : [];
}

/** The type that a wire-format public key says of itself: its first string (RFC 4253, 6.6). `''` when it is no key. */
export function keyType(blob: Buffer): string {
	if (blob.length < 4) return '';
	const length = blob.readUInt32BE(0);
	return length > 0 && length <= 64 && blob.length > 4 + length ? blob.toString('latin1', 4, 4 + length) : '';
}

/** The fingerprint of a wire-format public key as `ssh-keygen -l` shows it: `SHA256:` and base64 without padding. */
export function fingerprint(blob: Buffer): string {
	return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** The name under which OpenSSH writes a machine down: the bare host for port 22, else `[host]:port`. */
export function knownName(host: string, port: number): string {
	return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** Everything that the entries say about this host and port. */
export function lookUp(entries: readonly Entry[], host: string, port: number): KnownHost {
	const name = knownName(host, port);
	const about = entries.filter(({hosts}) => speaksOf(hosts, name));
	const of = (marker: Entry['marker']) => about.filter((one) => one.marker === marker);
	return {keys: of(''), revoked: of('revoked'), authorities: of('cert-authority')};
}

function speaksOf(hosts: string, name: string): boolean {
	if (hosts.startsWith('|1|')) return hashedAs(hosts, name);
	const patterns = hosts.toLowerCase().split(',');
	const hit = (pattern: string) => wildcard(pattern).test(name);
	if (patterns.some((pattern) => pattern.startsWith('!') && hit(pattern.slice(1)))) return false;
	return patterns.some((pattern) => !pattern.startsWith('!') && hit(pattern));
}

function hashedAs(hosts: string, name: string): boolean {
	const [, , salt = '', hash = ''] = hosts.split('|');
	return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** `*` and `?` are the only wildcards; everything else (also `[` and `]`) stands for itself. */
function wildcard(pattern: string): RegExp {
	const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, (sign) => (sign === '*' ? '.*' : sign === '?' ? '.' : `\\${sign}`));
	return new RegExp(`^${source}$`);
}
