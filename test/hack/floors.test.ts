import test from 'ava';
import {offences} from '../../hack/floors.ts';

const offence = test.macro((t, path: string, text: string, expected: RegExp | undefined) => {
	const found = offences([{path, text}]);
	if (expected === undefined) t.deepEqual(found, []);
	else t.regex(found.join('\n'), expected);
});

test('down is fine', offence, 'src/phases/a.ts', "import {b} from '../cluster/b.ts';\n", undefined);
test('the same floor is fine', offence, 'src/plan.ts', "import type {b} from './steps/b.ts';\n", undefined);
test(
	'up is not',
	offence,
	'src/phases/a.ts',
	"import {b} from '../run/b.ts';\n",
	/knowledge.*imports src\/run\/b\.ts \(effects\)/,
);
test('up is not, lazily either', offence, 'src/checks/a.ts', "const b = await import('../host/b.ts');\n", /imports point down/);
test('up is not, over several lines', offence, 'src/errors.ts', "import {\n\tb,\n} from './plan.ts';\n", /imports point down/);
test('a package has one door', offence, 'src/run/a.ts', "import {Client} from 'ssh2';\n", /ssh2; its door is src\/host\/ssh\.ts/);
test('a deep path is the same package', offence, 'src/plan.ts', "import {z} from 'zod/mini';\n", /zod; its door/);
test('a package without a row has no door', offence, 'src/plan.ts', "import x from 'left-pad';\n", /left-pad, which has no door/);
test('pki stands alone', offence, 'pki/a.ts', "import type {Step} from '../src/model.ts';\n", /pki imports nothing from outside/);
test('a room without a row', offence, 'src/attic/a.ts', "import {b} from '../model.ts';\n", /is on no floor/);
test('knowledge does not touch the process', offence, 'src/plan.ts', 'const home = process.env.HOME;\n', /touches process/);
test(
	'words in strings and comments touch nothing',
	offence,
	'src/plan.ts',
	"/** process.env */\nconst a = 'the process.exit';\n",
	undefined,
);
test('a file that is too long', offence, 'src/plan.ts', '\n'.repeat(201), /201 lines; the ceiling is 200/);
