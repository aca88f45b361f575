import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {renewed} from '../../hack/docs.ts';

test('the tables of the README are those of the code', (t) => {
	const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
	t.true(renewed(readme) === readme, 'run node hack/docs.ts');
});
