/**
 * The AutoGPT Platform on your machine, for development and tests.
 *
 * @module express-autogpt/emulator
 */

export type { Agent, AgentInit, AppUnderTest } from "./agent.js";
export type { ApplicationPatch } from "./controls.js";
export { exampleApplication } from "./defaults.js";
export { type ConsentOptions, type Emulator, startEmulator } from "./emulator.js";
export type { EmulatorFault } from "./faults.js";
export type { EmulatorOptions } from "./options.js";
export type { EmulatorRequest } from "./request-log.js";
export type { EmulatorApiKey, EmulatorApplication, EmulatorConfig, EmulatorUser } from "./seed.js";
export type { SignInOptions } from "./sign-in.js";
