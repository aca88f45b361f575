/** Distributions whose packages we can install, and the mirrors of their archives. A new one is a row. */
import type {Facts} from '../model.ts';

/** An archive of a distribution: how its own sources name it, and its folder on mirrors. */
type Archive = {
	readonly uri: RegExp;
	/** As the big mirrors call it. */
	readonly folder: string;
	/** Put behind a mirror's address that stands for the main archive. */
	readonly behind: string;
};

export type Distribution = {
	readonly id: string;
	readonly archives: readonly Archive[];
	/** Its main archive, as the operator asks it. */
	readonly upstream: string;
};

const any = '(?:https?|ftp):\\/\\/';
const known = '(?:mirrors\\.aliyun\\.com|mirrors\\.ustc\\.edu\\.cn)';

export const distributions: readonly Distribution[] = [
	{
		id: 'debian',
		upstream: 'https://deb.debian.org/debian',
		archives: [
			{
				// Debian's cloud images name a list of mirrors in place of an address.
				uri: new RegExp(
					`^(?:${any}(?:(?:deb|security)\\.debian\\.org|${known})\\/debian-security\\/?|${any}security\\.debian\\.org\\/?|mirror\\+file:\\/+etc\\/apt\\/mirrors\\/debian-security\\.list)$`,
				),
				folder: 'debian-security',
				behind: '-security',
			},
			{
				uri: new RegExp(
					`^(?:${any}(?:(?:deb|ftp|ftp\\.[a-z]{2}|cdn-fastly\\.deb)\\.debian\\.org|${known})\\/debian\\/?|mirror\\+file:\\/+etc\\/apt\\/mirrors\\/debian\\.list)$`,
				),
				folder: 'debian',
				behind: '',
			},
		],
	},
	{
		id: 'ubuntu',
		upstream: 'https://archive.ubuntu.com/ubuntu',
		archives: [
			{
				uri: new RegExp(`^${any}(?:(?:[a-z0-9-]+\\.)*(?:archive|security)\\.ubuntu\\.com|${known})\\/ubuntu\\/?$`),
				folder: 'ubuntu',
				behind: '',
			},
			{
				uri: new RegExp(`^${any}(?:(?:[a-z]{2}\\.)?ports\\.ubuntu\\.com|${known})\\/ubuntu-ports\\/?$`),
				folder: 'ubuntu-ports',
				behind: '',
			},
		],
	},
];

/** Mirrors by one word: a folder of each archive's name is below them. */
const hosts: Readonly<Record<string, string>> = {aliyun: 'mirrors.aliyun.com', ustc: 'mirrors.ustc.edu.cn'};

export const distributionOf = ({id}: Facts['os']): Distribution | undefined => distributions.find((row) => row.id === id);

/** The main archive as the operator asks it: the mirror's (`spec.os.mirror`), or the publisher's. */
export function archiveAt(mirror: string | undefined, {id, upstream}: Distribution): string {
	if (mirror === undefined) return upstream;
	return Object.hasOwn(hosts, mirror) ? `https://${hosts[mirror]}/${id}` : mirror.replace(/\/+$/, '');
}

/** Files of apt that say where the machine's packages come from. */
export const isAptSource = (path: string): boolean =>
	path === '/etc/apt/sources.list' || /^\/etc\/apt\/sources\.list\.d\/[^/]+\.(?:list|sources)$/.test(path);

/**
 * A source file with the addresses of the distribution's own archives changed to a mirror's: a preset's name, or an address that takes the place
 * of the main archive. Every other byte stays, and so does every other address. Presets keep the scheme, because a bare machine may have
 * no authorities to check a certificate with; signatures protect the packages.
 */
export function withMirror(text: string, mirror: string, {archives}: Distribution): string {
	const moved = (uri: string) => {
		const archive = archives.find((row) => row.uri.test(uri));
		if (archive === undefined) return uri;
		const host = Object.hasOwn(hosts, mirror) ? hosts[mirror] : undefined;
		if (host === undefined) return `${mirror.replace(/\/+$/, '')}${archive.behind}`;
		return `${uri.startsWith('https:') ? 'https' : 'http'}://${host}/${archive.folder}`;
	};
	let inUris = false;
	const lines = text.split('\n').map((line) => {
		if (line.startsWith('#')) return line;
		const [, start, uri, rest] = /^(\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?)(\S+)(.*)$/s.exec(line) ?? [];
		if (start !== undefined && uri !== undefined) return `${start}${moved(uri)}${rest}`;
		const field = /^([A-Za-z-]+):/.exec(line)?.[1]?.toLowerCase();
		inUris = field === undefined ? inUris && /^[ \t]+\S/.test(line) : field === 'uris';
		return inUris ? line.replace(/(?<=^[^\s:]*:?\s*|\s)(?:https?|ftp|mirror\+file):\S+/g, moved) : line;
	});
	return lines.join('\n');
}
