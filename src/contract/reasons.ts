// Why something was refused or failed, as a part of an error's sentence. The code goes with the error (`reasonCode` in its details),
// so that a browser says it in its own language; the Bengali texts are in ui/i18n/bn-reasons.ts. `{it}`, `{number}`, `{count}` and `{limit}` are
// filled from the details. What has no code is somebody else's words, and is quoted.
import { fillIn } from "./fill-in.ts";

function describe<Codes extends string>(reasons: Record<Codes, string>): Readonly<Record<Codes, string>> {
  return reasons;
}

export const reasons = describe({
  // Files and folders, as the system refuses them.
  file_denied: "permission denied",
  disk_read_only: "the disk is read-only",
  folder_not_made: "no folder can be made there",
  path_not_folder: "a part of the path is not a folder",
  file_name_taken: "there is a file of that name",
  disk_is_full: "the disk is full",
  disk_quota_used: "the disk quota is used up",
  file_too_large: "the file would be larger than the disk allows",
  is_folder: "it is a folder",
  disk_silent: "the disk does not answer",
  links_in_circle: "its links go round in circles",
  path_too_long: "the path is too long",
  folder_missing: "there is no such folder",
  file_missing: "there is no such file",
  folder_above_missing: "the folder above it is not there",
  backup_folder_closed: "the server may not write there. A service needs it named: {it}",
  path_not_whole: "it must be a whole path",
  foreign_file_there: "there is another file of that name",
  not_file: "it is not a file",
  neither_file_nor_folder: "it is neither a file nor a folder",

  // Connections to services outside.
  host_unknown: "no machine of that name is known",
  host_lookup_failed: "its name cannot be looked up now",
  nothing_listens: "nothing listens there",
  no_network: "there is no network to it",
  no_way: "there is no way to it",
  no_answer: "it does not answer",
  broke_off: "the connection broke off",
  proxy_refuses: "as a proxy it refuses (status {number})",
  tls_wrong: "it does not speak TLS as it should (https://)",
  tls_missing: "it does not speak TLS there (https://)",
  certificate_expired: "its certificate has expired",
  certificate_not_yet: "its certificate is not valid yet; is the clock of this machine right",
  certificate_of_other: "its certificate belongs to another name",
  certificate_untrusted: "nobody that this machine trusts has signed its certificate",
  answer_head_large: "its answer's head is too large",
  not_http: "it does not speak HTTP",
  connection_failed: "the connection failed ({it})",

  // Hosts that models are fetched from.
  download_not_listing: "its list of files cannot be read",
  download_size_unsaid: "it does not say how large the file is",
  download_encoded: "it packs the file on the way",
  download_range_wrong: "it sends other bytes than those asked for",
  download_too_long: "it sends more bytes than the file has",
  token_not_one: "there is no token in it",

  // Addresses that nothing of ours connects to.
  address_no_machine: "it names no machine",
  address_no_address: "its name has no address",
  address_readable_on_way: "what is sent there could be read on the way; write https:// instead of http://",
  address_not_web: "it is no web address",
  address_not_https: "it does not begin with https://",
  address_with_password: "it holds a user name or a password",
  address_moved: "it has moved",
  address_uncheckable: "it is no address that can be checked",
  address_of_cloud: "it belongs to the machine's cloud",
  address_inside: "it is inside this network",
  address_link_local: "it is a link-local address",
  address_group: "it is a group of machines",
  address_none: "it stands for no machine",
  address_not_public: "it is none of the public internet",

  // What a service outside left unsaid.
  service_says_nothing: "it does not say why",
  service_status: "status {number}",

  // Backups that cannot be read back.
  backup_not_ours: "it is no backup made by Shobar",
  backup_cut: "it is cut off",
  backup_from_newer: "a newer version of Shobar made it",
  backup_start_damaged: "its first bytes are damaged",
  backup_damaged: "it is damaged or cut off",
  backup_list_wrong: "its list of contents is wrong",
  backup_size_differs: "its database has another size than it says",
  backup_database_damaged: "the database in it is damaged",

  // Model files. `{it}` is a name that the file itself holds.
  model_path_not_whole: "the path must be a whole one, from the root of the server's disk",
  model_became_shorter: "it became shorter while it was read",
  model_header_cut: "it ends in the middle of its header, perhaps the download was cut",
  model_header_large: "its header is larger than 256 MB",
  model_number_absurd: "its header holds an absurdly large number",
  model_tensor_name_long: "the name of a tensor is {number} bytes long, more than the {limit} allowed",
  model_property_name_long: "the name of a property is {number} bytes long, more than the {limit} allowed",
  model_property_long: "the property {it} is {number} bytes long, more than the {limit} allowed",
  model_tensor_name_not_text: "the name of a tensor is not valid UTF-8",
  model_property_name_not_text: "the name of a property is not valid UTF-8",
  model_property_not_utf8: "the property {it} is not valid UTF-8",
  model_part_unsaid: "it does not say that it is part {number} of {count}",
  model_alignment_wrong: "its alignment is not a power of two",
  model_properties_many: "it claims to have {count} properties",
  model_property_twice: "the property {it} is there twice",
  model_properties_large: "its properties are larger than any real model's",
  model_word_long: "a word of its vocabulary is absurdly long",
  model_property_type_unknown: "the property {it} is of an unknown type",
  model_property_nested: "the property {it} is a list of lists",
  model_property_elements: "the property {it} claims to have {count} elements",
  model_template_long: "its chat template is absurdly long",
  model_part_by_name_only: "its name says that it is a part, but it does not say so itself",
  model_part_misplaced: "it is one of {count} parts, and its name or its place among them is not that of the first",
  model_tensor_in_two_parts: "a tensor is in two of its parts",
  model_tensors_missing: "its parts have {count} tensors and should have {number}",
  model_value_not_whole: "its {it} is not a whole number",
  model_value_impossible: "its {it} is {number}, which cannot be",
  model_value_not_text: "its {it} is not text",
  model_value_unsaid: "it does not say its {it}",
  model_value_not_per_layer: "its {it} does not have one number per layer",
  model_architecture_unsaid: "it does not say its architecture",
  model_architecture_unknown: "its architecture {it} is not one that can chat here",
  model_heads_missing: "it has no attention heads",
  model_vocabulary_missing: "it has no vocabulary",
  model_tokenizer_missing: "it has no tokenizer",
  model_value_misfits_vocabulary: "its {it} does not fit its vocabulary",
  model_word_twice: "a word of its vocabulary is there twice",
  model_embeddings_missing: "it has no token embeddings",
  model_embeddings_misfit: "its token embeddings do not fit its vocabulary",
  model_too_short: "it is too short to be a model",
  model_lfs_pointer: "it is only a Git LFS pointer; run `git lfs pull` to get the real file",
  model_not_gguf: "it is not a GGUF file",
  model_gguf_version: "it is of GGUF version {number}; versions 2 and 3 can be read",
  model_weights_missing: "it holds no weights",
  model_tensors_many: "it claims to have {count} tensors",
  model_tensor_twice: "the tensor {it} is there twice",
  model_tensor_unaligned: "the tensor {it} is not aligned",
  model_tensor_overlaps: "the tensor {it} overlaps another one",
  model_tensor_beyond_end: "the tensor {it} reaches beyond the end of the file, which is probably not complete",
  model_tensor_dimensions: "the tensor {it} has {count} dimensions",
  model_tensor_shape: "the tensor {it} has an impossible shape",
  model_tensor_type: "the tensor {it} is of the unknown type {number}",
  model_tensor_rows: "the rows of the tensor {it} do not fit its type",
  model_not_one_file: "it is not one GGUF file, and only those can be used",
  model_needs_adapter: "it needs an adapter beside its model, which cannot be used yet",
  model_manifest_unreadable: "its manifest cannot be read",
  model_manifest_long: "its manifest is absurdly long",
  model_template_broken: "its chat template does not work: {it}",
  model_template_costly: "its chat template does not work: it takes too much time or memory",
  model_template_fails: "its chat template does not work",
  model_starter_gone: "it was not there any more",
  model_writes_no_text: "it does not write text, and only models that do can chat",
  model_engine_refused: "the engine refused it",
});

export type ReasonCode = keyof typeof reasons;

export interface ReasonParts {
  readonly it?: string;
  readonly number?: number;
  readonly count?: number;
  readonly limit?: number;
}

export function sayReason(code: ReasonCode, parts: ReasonParts = {}): string {
  return fillIn(reasons[code], { ...parts });
}

/** For the details of an error whose sentence has a `{problem}`. */
export function because(code: ReasonCode, parts: ReasonParts = {}) {
  return { problem: sayReason(code, parts), reasonCode: code, ...parts };
}
