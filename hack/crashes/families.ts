/** The rows of the crash matrix. */
import type {Family} from './family.ts';
import {lineFamilies} from './line.ts';
import {operators} from './operators.ts';
import {power} from './power.ts';

export const families: readonly Family[] = [...operators, ...power, ...lineFamilies];

/** Rows that are suites of their own. */
export const elsewhere: readonly {readonly what: string; readonly where: string}[] = [
	{what: 'pairs of operators, a sleeping one that wakes up', where: '`test/e2e/19-operators.test.ts`'},
];
