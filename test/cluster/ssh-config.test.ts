/** Our reading of ssh configs against the real one: `ssh -G` is the judge, over generated files. */
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {readSshConfig, wordsOf} from '../../src/cluster/ssh-config.ts';
import {globFiles} from '../../src/cluster/ssh-files.ts';
import {type SshHost, sshHost} from '../../src/cluster/ssh-host.ts';
import {parseHop} from '../../src/cluster/ssh-keywords.ts';
import {testFolder} from '../folder.ts';

const home = execFileSync('sh', ['-c', 'echo ~'], {encoding: 'utf8'}).trim();
const read = (file: string) =>
	readSshConfig(file, join(home, '.ssh'), {readFile: (path) => readFileSync(path, 'utf8'), glob: globFiles, home});
const written = (text: string) => {
	const file = join(testFolder(), 'config');
	writeFileSync(file, text);
	return file;
};
const about = (text: string, name: string) => sshHost(read(written(text)).lines, name);

/** A seeded choice: the same files in every run. */
function chooser(seed: number) {
	let state = seed;
	return <T>(...choices: T[]): T => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return choices[Math.floor((state / 2 ** 32) * choices.length)]!;
	};
}
type Pick = ReturnType<typeof chooser>;

const names = ['web1', 'web10', 'db', 'a.b', 'WEB1'] as const;
const some = (pick: Pick, most: number, make: () => string) => Array.from({length: pick(...Array(most).keys()) + 1}, make);

function declaration(pick: Pick): string {
	const [keyword, value] = pick<readonly [string, string]>(
		['HostName', pick('10.0.0.1', '%h.example', 'X-%h-%%', 'Node.Example')],
		['User', pick('alice', '"bob"', 'deploy # a comment')],
		['Port', pick('22', '2222', '"2022"')],
		['IdentityFile', pick('~/.ssh/id_a', '"/keys/with blank"', '/k/%r', '/keys/with\\ blank', "'/keys/x'")],
		['IdentitiesOnly', pick('yes', 'no')],
		['IdentityAgent', pick('none', 'SSH_AUTH_SOCK', '/run/agent')],
		['ProxyJump', pick('none', 'bastion', 'u@b1:23,[fd00::1]:24', 'ssh://c@b3:2200')],
		['ProxyCommand', pick('none', 'nc %h %p')],
		['UserKnownHostsFile', pick('/dev/null', '~/kh', '/a "/b c"')],
		['GlobalKnownHostsFile', pick('/etc/kh1 /etc/kh2', 'none')],
		['HashKnownHosts', pick('yes', 'no')],
		['HostKeyAlias', pick('theone', 'x')],
		['StrictHostKeyChecking', pick('yes', 'no', 'accept-new', 'ask', 'off')],
		['ForwardAgent', 'yes'],
		['ServerAliveInterval', '15'],
	);
	const spelled = pick(keyword, keyword.toLowerCase(), keyword.toUpperCase(), `"${keyword}"`);
	// Behind a quoted keyword OpenSSH takes a = for part of the value; nobody means that.
	const between = pick(' ', ' = ', '=', '\t ');
	return `${pick('', '  ', '\t')}${spelled}${spelled.startsWith('"') ? ' ' : between}${value}${pick('', ' ', '\r')}\n`;
}

function file(pick: Pick, folder: string, depth = 0): string {
	const blocks = some(pick, 5, () => {
		const patterns = some(pick, 3, () => pick('*', 'web?', 'web*', '!web10', 'db', 'a.b', '"web1"', 'w??1', '!*.b')).join(' ');
		const head = pick(`Host ${patterns}\n`, `Host ${patterns}\n`, `host = ${patterns}\n`, 'Match all\n', '# nothing\n\n');
		return head + some(pick, 4, () => declaration(pick)).join('') + (depth < 2 && pick(true, false, false) ? included() : '');
	});
	return some(pick, 2, () => declaration(pick)).join('') + blocks.join('');

	function included(): string {
		const name = `part-${depth}-${pick(...Array(1000).keys())}.conf`;
		writeFileSync(join(folder, name), file(pick, folder, depth + 1));
		return `Include ${join(folder, pick(name, 'part-none*.conf', `${name.slice(0, -6)}?.conf`))}\n`;
	}
}

/** What ssh says that it would do, by keyword; several lines of one keyword are kept apart. */
function judge(config: string, name: string): Answer | undefined {
	const {stdout, status} = spawnSync('ssh', ['-F', config, '-G', name], {encoding: 'utf8'});
	if (status !== 0) return undefined;
	const said: Answer = {};
	for (const line of stdout.trim().split('\n')) {
		const [, keyword = '', value = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
		said[keyword] = [...(said[keyword] ?? []), value];
	}
	return said;
}

const hasSsh = spawnSync('ssh', ['-V']).status === 0;
const real = hasSsh ? test : (test.skip as typeof test);

real('what ssh -G says of generated files, keyword by keyword', (t) => {
	let judged = 0;
	for (let seed = 1; seed <= 60; seed++) {
		const pick = chooser(seed * 7919);
		const folder = testFolder();
		const config = join(folder, 'config');
		writeFileSync(config, file(pick, folder));
		const {lines, problems} = read(config);
		t.deepEqual(problems, []);
		for (const name of names) {
			const said = judge(config, name);
			if (said === undefined) continue;
			judged += 1;
			t.deepEqual(oursAs(sshHost(lines, name), said), theirs(said), `seed ${seed}, ${name}\n${readFileSync(config, 'utf8')}`);
		}
	}
	t.true(judged > 200, `${judged} answers were compared`);
});

type Answer = Record<string, string[]>;
const hopsOf = (hops: readonly string[] | undefined) => (hops ?? []).map(parseHop);
const tilde = (path: string) => path.replace(/^~(?=\/)/, home);

function theirs(said: Answer) {
	const first = (keyword: string) => said[keyword]?.[0];
	return {
		// ssh leaves capitals alone where a proxy command gets them.
		hostName: first('hostname')?.toLowerCase(),
		user: first('user'),
		port: first('port'),
		identityFiles: said.identityfile,
		identitiesOnly: first('identitiesonly') === 'yes',
		identityAgent: first('identityagent'),
		userKnownHosts: first('userknownhostsfile'),
		globalKnownHosts: first('globalknownhostsfile'),
		hashKnownHosts: first('hashknownhosts') === 'yes',
		hostKeyAlias: first('hostkeyalias'),
		strict: first('stricthostkeychecking'),
		jump: hopsOf(first('proxyjump')?.split(',')),
		proxyCommand: first('proxycommand'),
	};
}

/** Ours in ssh's words. Where we leave a default to others, ssh shows its own: that one is taken over. */
function oursAs(ours: SshHost, {user, identityfile, userknownhostsfile, globalknownhostsfile}: Answer) {
	const strict: Record<string, string> = {yes: 'true', no: 'false', off: 'false'};
	const word = ours.strict?.words[0] ?? 'ask';
	return {
		hostName: ours.hostName,
		user: ours.user ?? user?.[0],
		port: String(ours.port ?? 22),
		identityFiles: ours.identityFiles.length > 0 ? [...ours.identityFiles] : identityfile,
		identitiesOnly: ours.identitiesOnly,
		identityAgent: ours.identityAgent,
		userKnownHosts: ours.userKnownHosts?.words.map(tilde).join(' ') ?? userknownhostsfile?.[0],
		globalKnownHosts: ours.globalKnownHosts?.join(' ') ?? globalknownhostsfile?.[0],
		hashKnownHosts: ours.hashKnownHosts,
		hostKeyAlias: ours.hostKeyAlias,
		strict: strict[word] ?? word,
		jump: hopsOf(ours.jump),
		proxyCommand: ours.proxyCommand?.words.join(' '),
	};
}

test('words: quotes, =, comments, a quote that is not closed', (t) => {
	t.deepEqual(wordsOf('  Host = a "b c" \'d\' e\\ f # rest'), ['Host', 'a', 'b c', 'd', 'e f']);
	t.deepEqual(wordsOf('port=22\r'), ['port', '22']);
	t.deepEqual(wordsOf('IdentityFile "a\\"b"'), ['IdentityFile', 'a"b']);
	t.deepEqual(wordsOf('  # nothing'), []);
	t.is(wordsOf('User "a'), undefined);
});

test('a bad value is a problem with its place; a keyword that we do not read is none', (t) => {
	const {problems, lines} = read(
		written('Host a\n  Port many\n  NoSuchThing 1\n  IdentitiesOnly maybe\n  ProxyJump a b\n  User "x\n'),
	);
	t.deepEqual(
		problems.map(({line, message}) => `${line}: ${message}`),
		[
			'2: Port must be between 1 and 65535',
			'4: IdentitiesOnly must be one of yes, no, true, false',
			'5: ProxyJump takes one argument',
			'6: a quote is not closed',
		],
	);
	t.deepEqual(lines, []);
});

test('Match other than all is left out and said, also with what it includes', (t) => {
	const folder = testFolder();
	writeFileSync(join(folder, 'inner'), 'User inner\n');
	const {lines, notes} = read(
		written(
			`Match user x\n  User matched\n  Include ${folder}/inner\nMatch all\n  User all\nMatch exec "touch ${folder}/ran"\n  Port 3\n`,
		),
	);
	t.is(sshHost(lines, 'h').user, 'all');
	t.is(sshHost(lines, 'h').port, undefined);
	t.deepEqual(
		notes.map((note) => note.replace(/^.*?config:/, '')),
		[
			'1: Match user x is left out: kubestrap reads Host and Match all',
			`6: Match exec touch ${folder}/ran is left out: kubestrap reads Host and Match all`,
		],
	);
});

test('Include: below a Host it counts for that host alone, in a circle it ends, relative ones lie in ~/.ssh', (t) => {
	const own = testFolder();
	mkdirSync(join(own, '.ssh'));
	writeFileSync(join(own, '.ssh', 'more'), 'Host web\n  User inner\nHost *\n  Port 7\n');
	const config = join(own, '.ssh', 'config');
	writeFileSync(config, 'Host web\n  Include more\nHost *\n  Port 8\n');
	const readOwn = () =>
		readSshConfig(config, join(own, '.ssh'), {readFile: (path) => readFileSync(path, 'utf8'), glob: globFiles, home: own});
	t.like(sshHost(readOwn().lines, 'web'), {user: 'inner', port: 7});
	t.like(sshHost(readOwn().lines, 'db'), {user: undefined, port: 8});
	writeFileSync(config, 'Include config\n');
	t.is(readOwn().problems[0]?.message, 'Include goes deeper than 16 files');
});

test('vagrant ssh-config as it prints it', (t) => {
	const host = about(
		`Host cp1
  HostName 127.0.0.1
  User vagrant
  Port 2222
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  PasswordAuthentication no
  IdentityFile /home/me/cluster/.vagrant/machines/cp1/virtualbox/private_key
  IdentitiesOnly yes
  LogLevel FATAL
  PubkeyAcceptedKeyTypes +ssh-rsa
  HostKeyAlgorithms +ssh-rsa

`,
		'cp1',
	);
	t.like(host, {hostName: '127.0.0.1', user: 'vagrant', port: 2222, identitiesOnly: true});
	t.deepEqual(host.identityFiles, ['/home/me/cluster/.vagrant/machines/cp1/virtualbox/private_key']);
	t.deepEqual([host.userKnownHosts?.words, host.strict?.words], [['/dev/null'], ['no']]);
});
