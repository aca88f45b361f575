/** Our reading of ssh configs against the real one: `ssh -G` is the judge, over generated files. */
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {readSshConfig, wordsOf} from '../../src/cluster/ssh-config.ts';
import {globFiles} from '../../src/cluster/ssh-files.ts';
import {sshHost} from '../../src/cluster/ssh-host.ts';
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
function judge(config: string, name: string): Record<string, string[]> | undefined {
	const {stdout, status} = spawnSync('ssh', ['-F', config, '-G', name], {encoding: 'utf8'});
	if (status !== 0) return undefined;
	const said: Record<string, string[]> = {};
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
			const ours = sshHost(lines, name);
			const seen = `seed ${seed}, ${name}\n${readFileSync(config, 'utf8')}`;
			const tilde = (path: string) => path.replace(/^~(?=\/)/, home);
			const yes = (keyword: string) => said[keyword]?.[0] === 'yes';
			// ssh leaves capitals alone where a proxy command gets them.
			t.is(ours.hostName, said.hostname?.[0]?.toLowerCase(), seen);
			if (ours.user !== undefined) t.is(ours.user, said.user?.[0], seen);
			t.is(String(ours.port ?? 22), said.port?.[0], seen);
			if (ours.identityFiles.length > 0) t.deepEqual(ours.identityFiles, said.identityfile, seen);
			t.is(ours.identitiesOnly, yes('identitiesonly'), seen);
			t.is(ours.identityAgent, said.identityagent?.[0], seen);
			if (ours.userKnownHosts) t.is(ours.userKnownHosts.words.map(tilde).join(' '), said.userknownhostsfile?.[0], seen);
			if (ours.globalKnownHosts) t.is(ours.globalKnownHosts.join(' '), said.globalknownhostsfile?.[0], seen);
			t.is(ours.hashKnownHosts, yes('hashknownhosts'), seen);
			t.is(ours.hostKeyAlias, said.hostkeyalias?.[0], seen);
			const strict: Record<string, string> = {yes: 'true', no: 'false', off: 'false'};
			const word = ours.strict?.words[0] ?? 'ask';
			t.is(strict[word] ?? word, said.stricthostkeychecking?.[0], seen);
			t.deepEqual(hopsOf(ours.jump), hopsOf(said.proxyjump?.[0]?.split(',')), seen);
			t.is(ours.proxyCommand?.words.join(' '), said.proxycommand?.[0], seen);
		}
	}
	t.true(judged > 200, `${judged} answers were compared`);
});
const hopsOf = (hops: readonly string[] | undefined) => (hops ?? []).map(parseHop);

test('words: quotes, =, comments, a quote that is not closed', (t) => {
	t.deepEqual(wordsOf('  Host = a "b c" \'d\' e\\ f # rest'), ['Host', 'a', 'b c', 'd', 'e f']);
	t.deepEqual(wordsOf('port=22\r'), ['port', '22']);
	t.deepEqual(wordsOf('IdentityFile "a\\"b"'), ['IdentityFile', 'a"b']);
	t.deepEqual(wordsOf('  # nothing'), []);
	t.is(wordsOf('User "a'), undefined);
});

test('a bad value is a problem with its place; a keyword that we do not read is none', (t) => {
	const {problems, lines} = read(written('Host a\n  Port many\n  NoSuchThing 1\n  IdentitiesOnly maybe\n  ProxyJump a b\n  User "x\n'));
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
		written(`Match user x\n  User matched\n  Include ${folder}/inner\nMatch all\n  User all\nMatch exec "touch ${folder}/ran"\n  Port 3\n`),
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
