import {mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {openLog} from '../../src/report/logfile.ts';

test('a log is readable by its owner alone, and there as soon as it is written', (t) => {
	const folder = join(mkdtempSync(join(tmpdir(), 'kubestrap-log-')), 'state', 'logs');
	const log = openLog(folder, 'init-1', t.fail);
	log.write('one');
	log.write('two');
	t.is(readFileSync(log.path, 'utf8'), 'one\ntwo\n');
	t.is(statSync(log.path).mode & 0o777, 0o600);
	t.is(statSync(folder).mode & 0o777, 0o700);
	log.close();
});

test('only the newest hundred logs stay', (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-log-'));
	for (let i = 100; i < 220; i++) writeFileSync(join(folder, `${i}.log`), '');
	openLog(folder, '999', t.fail).close();
	const left = readdirSync(folder);
	t.is(left.length, 100);
	t.false(left.includes('120.log'));
	t.true(left.includes('219.log'));
});

test('a disk that is full ends the log, not the run', (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'kubestrap-log-'));
	const reasons: string[] = [];
	const log = openLog(folder, 'init-1', (reason) => reasons.push(reason));
	log.close();
	log.write('into a closed file, which fails as a full disk would');
	log.write('again');
	t.is(reasons.length, 1);
});
