import { expect, test } from 'vitest';
import { readNode } from '../../src/model/node.js';
import { readService } from '../../src/model/service.js';
import { readSlice } from '../../src/model/slice.js';
import { rememberRecords } from '../../src/report/memoryOfRecords.js';

const node = { metadata: { name: 'n' } };
const service = { metadata: { namespace: 'shop', name: 'web' } };
const slice = { metadata: { namespace: 'shop', name: 'web-1' }, addressType: 'IPv4', endpoints: [] };

test('an object is read once, and an equal one by itself', () => {
  const read = rememberRecords();
  expect(read.node(node)).toEqual(readNode(node));
  expect(read.service(service)).toEqual(readService(service));
  expect(read.slice(slice)).toEqual(readSlice(slice));
  expect(read.node(node)).toBe(read.node(node));
  expect(read.service(service)).toBe(read.service(service));
  expect(read.slice(slice)).toBe(read.slice(slice));
  expect(read.node({ ...node })).not.toBe(read.node(node));
});

test('another memory begins anew', () => {
  expect(rememberRecords().node(node)).not.toBe(rememberRecords().node(node));
});
