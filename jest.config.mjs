// tsc compiles src, test and e2e to build/; jest runs that JavaScript as it is, so the tests test what ships.
export default {
  rootDir: 'build',
  testMatch: ['<rootDir>/test/**/*.test.js'],
  transform: {},
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.js'],
};
