/** The rows of the crash matrix. */
import type {Family} from './family.ts';
import {operators} from './operators.ts';

export const families: readonly Family[] = [...operators];
