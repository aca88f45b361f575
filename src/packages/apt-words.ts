/** What apt and dpkg say when they fail, and what it means. A row per cause; the first that fits any line wins. Words are those of LC_ALL=C. */

type Row = {
	readonly id: string;
	/** Tried on each line. Linear patterns only. */
	readonly says: RegExp;
	readonly what: string | ((words: readonly string[]) => string);
	readonly remedy: string;
};

const rows: readonly Row[] = [
	{
		id: 'lock-held',
		says: /the lock of dpkg is held for ten minutes now, by process (.{1,120})/,
		what: ([, holder = '']) => `the lock of dpkg was held for ten minutes, by process ${holder}`,
		remedy:
			'wait until it has ended (unattended upgrades may take long), then run the same command again; never remove the lock file',
	},
	{
		id: 'interrupted',
		says: /dpkg was interrupted on this machine, and not by kubestrap: (.{0,200})|dpkg was interrupted, you must manually run/,
		what: ([, names = '']) => `an earlier run of dpkg was cut off, and it was not ours${names ? `: ${names}` : ''}`,
		remedy: 'look at what was being installed there, run `dpkg --configure -a` on the node, then the same command again',
	},
	{
		id: 'key-expired',
		says: /EXPKEYSIG ([0-9A-F]{8,})|signatures were invalid: .{0,40}KEYEXPIRED/,
		what: ([, key = '']) => `the key that signed the repository${key ? ` (${key})` : ''} has expired`,
		remedy:
			"take a mirror that is up to date, or wait for the publisher to sign with a living key; is the machine's clock right?",
	},
	{
		id: 'key-wrong',
		says: /public key is not available(?:: NO_PUBKEY ([0-9A-F]{8,}))?|NO_PUBKEY ([0-9A-F]{8,})/,
		what: ([, one, key = one]) =>
			`the repository is signed by another key${key ? ` (${key})` : ''} than the one that the lock names`,
		remedy:
			'take a mirror that serves what the publisher signed; if the publisher has a new key, make the lock anew (`kubestrap images lock`)',
	},
	{
		id: 'signature-bad',
		says: /BADSIG ([0-9A-F]{8,})|EXPSIG|signatures were invalid|signature couldn't be verified|Clearsigned file isn't valid/,
		what: 'the signature of the repository does not fit: its Release was changed on the way',
		remedy: 'a mirror or a proxy in between alters what it serves: take another one',
	},
	{
		id: 'unsigned',
		says: /The repository '([^']{1,200})' (?:is not signed|is no longer signed)/,
		what: ([, repository = '']) => `the repository ${repository} has no signature`,
		remedy: 'the mirror lacks InRelease and Release.gpg: take one that is complete; nothing is installed unsigned',
	},
	{
		id: 'release-expired',
		says: /Release file for (\S{1,200}) is expired \(invalid since ([^)]{1,40})\)/,
		what: ([, file = '', since = '']) => `${file} holds no more since ${since}: the mirror is not kept up to date`,
		remedy: "take a mirror that is; is the machine's clock right?",
	},
	{
		id: 'release-early',
		says: /Release file for (\S{1,200}) is not valid yet/,
		what: ([, file = '']) => `${file} is of the future: the clock of the machine is behind`,
		remedy: 'set the clock (timedatectl), then run the same command again',
	},
	{
		id: 'half-synced',
		says: /Hash Sum mismatch|File has unexpected size|Mirror sync in progress|unexpected size \(/,
		what: 'the mirror is half synced: its indexes or packages are not those of its Release',
		remedy:
			'wait until the mirror has caught up, or name another one (spec.mirror.packages, spec.os.mirror); nothing of it was used',
	},
	{
		id: 'no-repository',
		says: /The repository '([^']{1,200})' does not have a Release file|404 +Not Found \[IP: [^\]]*\]|404 {2}Not Found/,
		what: ([, repository = '']) =>
			repository ? `there is no repository at ${repository}` : 'the repository lacks a file that its index names',
		remedy:
			'compare the address with spec.mirror.packages and spec.os.mirror; a mirror may lack this version of Kubernetes or of the distribution',
	},
	{
		id: 'unreachable',
		says: /(?:Could not connect to|Cannot initiate the connection to|Unable to connect to|Connection failed) ?(\S{0,120})|Temporary failure resolving '([^']{1,120})'|Could not resolve '([^']{1,120})'/,
		what: ([, one, other, third]) => `${one || other || third || 'the repository'} cannot be reached from the node`,
		remedy:
			'mend the way there, or name a mirror that nodes can reach (spec.mirror.packages, spec.os.mirror), or a proxy (spec.proxy)',
	},
	{
		id: 'certificate',
		says: /Certificate verification failed: (.{1,160})/,
		what: ([, why = '']) => `the certificate of the mirror is not trusted: ${why}`,
		remedy: 'name its authority as spec.mirror.ca, or install ca-certificates on the node',
	},
	{
		id: 'version-missing',
		says: /Version '([^']{1,100})' for '([^']{1,100})' was not found/,
		what: ([, version = '', name = '']) => `the repository has no ${name} ${version}, which the lock names`,
		remedy: 'take a mirror that has it, or make the lock anew (`kubestrap images lock`)',
	},
	{
		id: 'name-missing',
		says: /Unable to locate package (\S{1,100})|Package '?([^\s']{1,100})'? has no installation candidate/,
		what: ([, one, other]) => `no repository of this machine has the package ${one ?? other ?? ''}`,
		remedy: 'look at the sources of the machine (/etc/apt/sources.list and sources.list.d), or set spec.os.mirror',
	},
	{
		id: 'would-remove',
		says: /Packages need to be removed but remove is disabled/,
		what: 'the installation would remove packages that are on the machine',
		remedy:
			'they exclude each other, as containerd and containerd.io do: remove them yourself, or choose the other one (spec.runtime.package)',
	},
	{
		id: 'unmet',
		says: /^(?:E: )?(?:Unable to correct problems|The following packages have unmet dependencies)/,
		what: 'what the packages need cannot be had',
		remedy: "the lines above name it: is the distribution's own mirror complete (spec.os.mirror)?",
	},
	{
		id: 'disk-full',
		says: /No space left on device/,
		what: 'the disk is full',
		remedy: 'make room on /var and /usr, then run the same command again',
	},
	{
		id: 'script-failed',
		says: /dpkg: error processing package (\S{1,100}) /,
		what: ([, name = '']) => `the scripts of package ${name} failed`,
		remedy: 'the lines above say why; once that is mended, the same command goes on from there',
	},
];

/** What the last lines of a failed installation mean; undefined when nobody knows. */
export function explainApt(lines: readonly string[]): {id: string; what: string; remedy: string} | undefined {
	for (const {id, says, what, remedy} of rows) {
		for (const line of lines) {
			const words = says.exec(line);
			if (words !== null) return {id, what: typeof what === 'string' ? what : what([...words]), remedy};
		}
	}
	return undefined;
}
