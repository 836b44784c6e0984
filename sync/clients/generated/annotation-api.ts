// Generated: npx openapi-typescript@7.13.0 test/fixtures/pyronear/annotation-openapi.json --immutable; of it the schemas, without their prose. Do not edit.
export interface components {
  schemas: {
    readonly AddObjectFrame: {
      readonly recorded_at: string;
      readonly xyxyn: readonly [number, number, number, number];
    };
    readonly AddObjectRequest: {
      readonly source_api: components["schemas"]["SourceApi"];
      readonly platform_alert_id: number;
      readonly smoke_type: components["schemas"]["SmokeType"];
      readonly frames: readonly components["schemas"]["AddObjectFrame"][];
    };
    readonly AlertDetail: {
      readonly source_api: components["schemas"]["SourceApi"];
      readonly platform_alert_id: number;
      readonly camera_name: string;
      readonly organisation_name: string;
      readonly recorded_at: string;
      readonly lanes: readonly components["schemas"]["AlertLane"][];
    };
    readonly AlertExportItem: {
      readonly source_api: components["schemas"]["SourceApi"];
      readonly platform_alert_id: number;
      readonly camera_id: number;
      readonly camera_name: string;
      readonly organisation_id: number;
      readonly organisation_name: string;
      readonly lat: number;
      readonly lon: number;
      readonly azimuth?: number | null;
      readonly recorded_at: string;
      readonly last_annotated_at: string;
      readonly temporal_model_score?: number | null;
      readonly temporal_model_version?: string | null;
      readonly temporal_api_version?: string | null;
      readonly objects: readonly components["schemas"]["ObjectExport"][];
    };
    readonly AlertExportPage: {
      readonly items: readonly components["schemas"]["AlertExportItem"][];
      readonly next_cursor?: string | null;
    };
    readonly AlertLane: {
      readonly sequence: components["schemas"]["SequenceRead"];
      readonly annotation?: components["schemas"]["SequenceAnnotationRead"] | null;
    };
    readonly AlertSkipInfo: {
      readonly skipped_at: string;
      readonly skipped_by?: string | null;
      readonly note?: string | null;
    };
    readonly AlertSkipRequest: {
      readonly source_api: components["schemas"]["SourceApi"];
      readonly platform_alert_id: number;
      readonly note?: string | null;
    };
    readonly AlgoPrediction: {
      readonly xyxyn: readonly number[];
      readonly confidence: number;
      readonly class_name: string;
    };
    readonly AlgoPredictions: {
      readonly predictions: readonly components["schemas"]["AlgoPrediction"][];
    };
    readonly AnnotationOrigin: "engine" | "auto" | "human";
    readonly AnnotationType: "wildfire_smoke" | "other_smoke" | "other";
    readonly Body_create_detection_annotation_api_v1_annotations_detections__post: {
      readonly detection_id: number;
      readonly annotation: string;
      readonly processing_stage: components["schemas"]["DetectionAnnotationProcessingStage"];
    };
    readonly Body_create_detection_api_v1_detections__post: {
      readonly algo_predictions: string;
      readonly alert_api_id: number;
      readonly sequence_id: number;
      readonly recorded_at: string;
      readonly file: string;
      readonly others_bboxes?: string | null;
      readonly auto_predictions?: string | null;
    };
    readonly Body_create_sequence_api_v1_sequences__post: {
      readonly source_api: string;
      readonly alert_api_id: number;
      readonly camera_name: string;
      readonly camera_id: number;
      readonly organisation_name: string;
      readonly organisation_id: number;
      readonly is_wildfire_alertapi?: components["schemas"]["AnnotationType"] | null;
      readonly lat: number;
      readonly lon: number;
      readonly azimuth?: number | null;
      readonly created_at?: string | null;
      readonly recorded_at: string;
      readonly last_seen_at?: string | null;
      readonly platform_alert_id?: number | null;
      readonly temporal_model_score?: number | null;
      readonly temporal_model_version?: string | null;
      readonly temporal_api_version?: string | null;
    };
    readonly BoundingBox: {
      readonly detection_id: number;
      readonly xyxyn: readonly number[];
    };
    readonly BoxExport: {
      readonly xyxyn: readonly number[];
      readonly smoke_type?: components["schemas"]["SmokeType"] | null;
      readonly false_positive_types?: readonly components["schemas"]["FalsePositiveType"][] | null;
      readonly origin: string;
    };
    readonly CameraRead: {
      readonly id: number;
      readonly name: string;
    };
    readonly ClassifyDoneItem: {
      readonly source_api: components["schemas"]["SourceApi"];
      readonly platform_alert_id: number;
      readonly camera_name: string;
      readonly organisation_name: string;
      readonly azimuth?: number | null;
      readonly recorded_at: string;
      readonly temporal_model_score?: number | null;
      readonly is_wildfire_alertapi?: components["schemas"]["AnnotationType"] | null;
      readonly primary_sequence_id: number;
      readonly lanes: readonly components["schemas"]["ClassifyDoneLane"][];
      readonly annotators: readonly string[];
    };
    readonly ClassifyDoneLane: {
      readonly sequence_id: number;
      readonly has_smoke: boolean;
      readonly has_missed_smoke: boolean;
      readonly is_unsure: boolean;
      readonly smoke_types: readonly string[];
      readonly false_positive_types: readonly string[];
    };
    readonly ClassifyQueueItem: {
      readonly source_api: components["schemas"]["SourceApi"];
      readonly platform_alert_id: number;
      readonly camera_name: string;
      readonly organisation_name: string;
      readonly azimuth?: number | null;
      readonly recorded_at: string;
      readonly temporal_model_score?: number | null;
      readonly is_wildfire_alertapi?: components["schemas"]["AnnotationType"] | null;
      readonly primary_sequence_id: number;
      readonly total_objects: number;
      readonly classified_objects: number;
      readonly skip?: components["schemas"]["AlertSkipInfo"] | null;
    };
    readonly ClassifySubmitItem: {
      readonly annotation_id: number;
      readonly annotation: components["schemas"]["SequenceAnnotationData"];
      readonly has_missed_smoke: boolean;
      readonly is_unsure: boolean;
      readonly processing_stage: components["schemas"]["SequenceAnnotationProcessingStage"];
    };
    readonly ClassifySubmitRequest: {
      readonly items: readonly components["schemas"]["ClassifySubmitItem"][];
    };
    readonly ClassifySubmitResponse: {
      readonly results: readonly components["schemas"]["ClassifySubmitResult"][];
    };
    readonly ClassifySubmitResult: {
      readonly annotation_id: number;
      readonly sequence_id: number;
      readonly processing_stage: components["schemas"]["SequenceAnnotationProcessingStage"];
      readonly group_propagation_warning?: string | null;
    };
    readonly ContributorRead: {
      readonly id: number;
      readonly username: string;
    };
    readonly DetectionAnnotationBulkItem: {
      readonly detection_id: number;
      readonly annotation: components["schemas"]["DetectionAnnotationData"];
      readonly processing_stage: components["schemas"]["DetectionAnnotationProcessingStage"];
    };
    readonly DetectionAnnotationBulkRequest: {
      readonly sequence_id: number;
      readonly items: readonly components["schemas"]["DetectionAnnotationBulkItem"][];
    };
    readonly DetectionAnnotationBulkResponse: {
      readonly results: readonly components["schemas"]["DetectionAnnotationBulkResult"][];
    };
    readonly DetectionAnnotationBulkResult: {
      readonly annotation_id: number;
      readonly detection_id: number;
      readonly processing_stage: components["schemas"]["DetectionAnnotationProcessingStage"];
    };
    readonly DetectionAnnotationData: {
      readonly annotation: readonly components["schemas"]["DetectionAnnotationItem"][];
    };
    readonly DetectionAnnotationItem: {
      readonly xyxyn: readonly number[];
      readonly class_name: string;
      readonly smoke_type?: components["schemas"]["SmokeType"] | null;
      readonly false_positive_type?: components["schemas"]["FalsePositiveType"] | null;
      readonly origin: components["schemas"]["AnnotationOrigin"];
    };
    readonly DetectionAnnotationOrderByField: "created_at" | "processing_stage";
    readonly DetectionAnnotationProcessingStage:
      | "imported"
      | "visual_check"
      | "bbox_annotation"
      | "annotated";
    readonly DetectionAnnotationRead: {
      readonly id: number;
      readonly detection_id: number;
      readonly annotation: components["schemas"]["DetectionAnnotationData"];
      readonly processing_stage: components["schemas"]["DetectionAnnotationProcessingStage"];
      readonly created_at: string;
      readonly updated_at: string | null;
      readonly contributors?: readonly components["schemas"]["ContributorRead"][] | null;
    };
    readonly DetectionAnnotationUpdate: {
      readonly annotation?: components["schemas"]["DetectionAnnotationData"] | null;
      readonly processing_stage?: components["schemas"]["DetectionAnnotationProcessingStage"] | null;
    };
    readonly DetectionCreateFromBucketKey: {
      readonly source_key: string;
      readonly sequence_id: number;
      readonly recorded_at: string;
      readonly alert_api_id: number;
      readonly algo_predictions: components["schemas"]["AlgoPredictions"];
      readonly others_bboxes?: components["schemas"]["AlgoPredictions"] | null;
      readonly auto_predictions?: components["schemas"]["AlgoPredictions"] | null;
    };
    readonly DetectionCreateFromUrl: {
      readonly source_url: string;
      readonly sequence_id: number | null;
      readonly recorded_at: string;
      readonly alert_api_id: number;
      readonly algo_predictions: components["schemas"]["AlgoPredictions"];
      readonly others_bboxes?: components["schemas"]["AlgoPredictions"] | null;
      readonly auto_predictions?: components["schemas"]["AlgoPredictions"] | null;
    };
    readonly DetectionRead: {
      readonly id: number;
      readonly sequence_id: number | null;
      readonly recorded_at: string;
      readonly alert_api_id: number;
      readonly bucket_key: string;
      readonly algo_predictions: components["schemas"]["AlgoPredictions"];
      readonly others_bboxes?: components["schemas"]["AlgoPredictions"] | null;
      readonly auto_predictions?: components["schemas"]["AlgoPredictions"] | null;
      readonly created_at: string;
    };
    readonly DetectionUrl: {
      readonly url: string;
    };
    readonly FalsePositiveType:
      | "antenna"
      | "building"
      | "cliff"
      | "combine_harvester"
      | "dark"
      | "dust"
      | "high_cloud"
      | "low_cloud"
      | "lens_flare"
      | "lens_droplet"
      | "light"
      | "rain"
      | "trail"
      | "road"
      | "sky"
      | "tree"
      | "water_body"
      | "other"
      | "unlabeled";
    readonly FrameExport: {
      readonly detection_id: number;
      readonly recorded_at: string;
      readonly bucket_key: string;
      readonly image_url?: string | null;
      readonly boxes: readonly components["schemas"]["BoxExport"][];
    };
    readonly GroupLabelState: "labeled" | "unlabeled" | "unsure";
    readonly HTTPValidationError: {
      readonly detail?: readonly components["schemas"]["ValidationError"][];
    };
    readonly LocalizationQueueItem: {
      readonly source_api: components["schemas"]["SourceApi"];
      readonly platform_alert_id: number;
      readonly camera_name: string;
      readonly organisation_name: string;
      readonly azimuth: number | null;
      readonly recorded_at: string;
      readonly temporal_model_score?: number | null;
      readonly lanes: readonly components["schemas"]["LocalizationQueueLane"][];
      readonly skip?: components["schemas"]["AlertSkipInfo"] | null;
    };
    readonly LocalizationQueueLane: {
      readonly sequence_id: number;
      readonly alert_api_id: number;
      readonly has_smoke: boolean;
      readonly has_missed_smoke: boolean;
      readonly is_unsure: boolean;
      readonly processing_stage: string;
      readonly smoke_types: readonly string[];
      readonly total_detections: number;
      readonly annotated_detections: number;
      readonly auto_annotated_at: string | null;
    };
    readonly LocalizeDoneQueueItem: {
      readonly source_api: components["schemas"]["SourceApi"];
      readonly platform_alert_id: number;
      readonly camera_name: string;
      readonly organisation_name: string;
      readonly azimuth: number | null;
      readonly recorded_at: string;
      readonly temporal_model_score?: number | null;
      readonly lanes: readonly components["schemas"]["LocalizationQueueLane"][];
      readonly annotators: readonly string[];
    };
    readonly LocalizeRevertRequest: {
      readonly annotation_ids: readonly number[];
    };
    readonly LocalizeRevertResponse: {
      readonly results: readonly components["schemas"]["LocalizeRevertResult"][];
    };
    readonly LocalizeRevertResult: {
      readonly annotation_id: number;
      readonly sequence_id: number;
      readonly processing_stage: components["schemas"]["SequenceAnnotationProcessingStage"];
    };
    readonly LocalizeSubmitRequest: {
      readonly annotation_ids: readonly number[];
    };
    readonly LocalizeSubmitResponse: {
      readonly results: readonly components["schemas"]["LocalizeSubmitResult"][];
    };
    readonly LocalizeSubmitResult: {
      readonly annotation_id: number;
      readonly sequence_id: number;
      readonly processing_stage: components["schemas"]["SequenceAnnotationProcessingStage"];
    };
    readonly LoginRequest: {
      readonly username: string;
      readonly password: string;
    };
    readonly LoginResponse: {
      readonly access_token: string;
      readonly token_type: string;
    };
    readonly MaterializeFrameRequest: {
      readonly recorded_at: string;
    };
    readonly ObjectExport: {
      readonly sequence_id: number;
      readonly record_kind: "smoke" | "false_positive";
      readonly smoke_types: readonly components["schemas"]["SmokeType"][];
      readonly false_positive_types: readonly components["schemas"]["FalsePositiveType"][];
      readonly frames: readonly components["schemas"]["FrameExport"][];
    };
    readonly OrderByField: "created_at" | "recorded_at";
    readonly OrderDirection: "asc" | "desc";
    readonly OrganizationRead: {
      readonly id: number;
      readonly name: string;
    };
    readonly Page_ClassifyDoneItem_: {
      readonly items: readonly components["schemas"]["ClassifyDoneItem"][];
      readonly total: number;
      readonly page: number;
      readonly size: number;
      readonly pages: number;
    };
    readonly Page_ClassifyQueueItem_: {
      readonly items: readonly components["schemas"]["ClassifyQueueItem"][];
      readonly total: number;
      readonly page: number;
      readonly size: number;
      readonly pages: number;
    };
    readonly Page_DetectionAnnotationRead_: {
      readonly items: readonly components["schemas"]["DetectionAnnotationRead"][];
      readonly total: number;
      readonly page: number;
      readonly size: number;
      readonly pages: number;
    };
    readonly Page_DetectionRead_: {
      readonly items: readonly components["schemas"]["DetectionRead"][];
      readonly total: number;
      readonly page: number;
      readonly size: number;
      readonly pages: number;
    };
    readonly Page_LocalizationQueueItem_: {
      readonly items: readonly components["schemas"]["LocalizationQueueItem"][];
      readonly total: number;
      readonly page: number;
      readonly size: number;
      readonly pages: number;
    };
    readonly Page_LocalizeDoneQueueItem_: {
      readonly items: readonly components["schemas"]["LocalizeDoneQueueItem"][];
      readonly total: number;
      readonly page: number;
      readonly size: number;
      readonly pages: number;
    };
    readonly Page_SequenceAnnotationRead_: {
      readonly items: readonly components["schemas"]["SequenceAnnotationRead"][];
      readonly total: number;
      readonly page: number;
      readonly size: number;
      readonly pages: number;
    };
    readonly Page_SequenceGroupListItem_: {
      readonly items: readonly components["schemas"]["SequenceGroupListItem"][];
      readonly total: number;
      readonly page: number;
      readonly size: number;
      readonly pages: number;
    };
    readonly Page_SequenceRead_: {
      readonly items: readonly components["schemas"]["SequenceRead"][];
      readonly total: number;
      readonly page: number;
      readonly size: number;
      readonly pages: number;
    };
    readonly Page_UserRead_: {
      readonly items: readonly components["schemas"]["UserRead"][];
      readonly total: number;
      readonly page: number;
      readonly size: number;
      readonly pages: number;
    };
    readonly QueueOrderByField: "recorded_at" | "temporal_model_score";
    readonly RepresentativeBbox: {
      readonly xyxyn: readonly number[];
      readonly confidence: number;
    };
    readonly SequenceAnnotationBulkRequest: {
      readonly sequence_ids: readonly number[];
      readonly group_id?: number | null;
      readonly smoke_type?: components["schemas"]["SmokeType"] | null;
      readonly false_positive_type?: components["schemas"]["FalsePositiveType"] | null;
      readonly is_unsure: boolean;
      readonly force: boolean;
    };
    readonly SequenceAnnotationBulkResponse: {
      readonly applied: readonly components["schemas"]["SequenceAnnotationBulkResult"][];
      readonly skipped: readonly components["schemas"]["SequenceAnnotationBulkResult"][];
      readonly group_label_updated: boolean;
    };
    readonly SequenceAnnotationBulkResult: {
      readonly sequence_id: number;
      readonly status: "applied" | "skipped";
      readonly reason?: string | null;
      readonly annotation_id?: number | null;
    };
    readonly SequenceAnnotationCreate: {
      readonly sequence_id: number;
      readonly has_missed_smoke: boolean;
      readonly is_unsure: boolean;
      readonly annotation: components["schemas"]["SequenceAnnotationData"];
      readonly processing_stage: components["schemas"]["SequenceAnnotationProcessingStage"];
      readonly confidence_threshold: number | null;
      readonly iou_threshold: number | null;
      readonly min_cluster_size: number | null;
    };
    readonly SequenceAnnotationData: {
      readonly sequences_bbox: readonly components["schemas"]["SequenceBBox"][];
    };
    readonly SequenceAnnotationOrderByField: "created_at" | "sequence_recorded_at";
    readonly SequenceAnnotationProcessingStage:
      | "imported"
      | "ready_to_annotate"
      | "seq_annotation_done"
      | "annotated";
    readonly SequenceAnnotationRead: {
      readonly id: number;
      readonly sequence_id: number;
      readonly has_smoke: boolean;
      readonly has_false_positives: boolean;
      readonly false_positive_types: readonly string[];
      readonly smoke_types: readonly string[];
      readonly has_missed_smoke: boolean;
      readonly is_unsure: boolean;
      readonly annotation: components["schemas"]["SequenceAnnotationData"];
      readonly processing_stage: components["schemas"]["SequenceAnnotationProcessingStage"];
      readonly created_at: string;
      readonly updated_at: string | null;
      readonly contributors?: readonly components["schemas"]["ContributorRead"][] | null;
      readonly group_propagation_warning?: string | null;
    };
    readonly SequenceAnnotationUpdate: {
      readonly has_missed_smoke?: boolean | null;
      readonly is_unsure?: boolean | null;
      readonly annotation?: components["schemas"]["SequenceAnnotationData"] | null;
      readonly processing_stage?: components["schemas"]["SequenceAnnotationProcessingStage"] | null;
      readonly confidence_threshold?: number | null;
      readonly iou_threshold?: number | null;
      readonly min_cluster_size?: number | null;
    };
    readonly SequenceBBox: {
      readonly is_smoke: boolean;
      readonly smoke_type?: components["schemas"]["SmokeType"] | null;
      readonly false_positive_types?: readonly components["schemas"]["FalsePositiveType"][];
      readonly bboxes: readonly components["schemas"]["BoundingBox"][];
    };
    readonly SequenceGroupListItem: {
      readonly id: number;
      readonly camera_id: number;
      readonly camera_name: string;
      readonly organisation_name: string;
      readonly azimuth: number;
      readonly representative_bbox: components["schemas"]["RepresentativeBbox"];
      readonly smoke_type: components["schemas"]["SmokeType"] | null;
      readonly false_positive_type: components["schemas"]["FalsePositiveType"] | null;
      readonly is_unsure: boolean;
      readonly is_validated: boolean;
      readonly validated_at: string | null;
      readonly validated_by_username: string | null;
      readonly labeled_at: string | null;
      readonly created_at: string;
      readonly member_count: number;
      readonly temporal_model_score?: number | null;
      readonly annotators: readonly string[];
      readonly thumbnails: readonly components["schemas"]["SequenceGroupThumbnail"][];
    };
    readonly SequenceGroupMember: {
      readonly sequence_id: number;
      readonly alert_api_id: number;
      readonly camera_name: string;
      readonly recorded_at: string;
      readonly last_seen_at: string;
      readonly annotation_processing_stage?: string | null;
      readonly first_detection_id?: number | null;
      readonly first_detection_algo_predictions?: {
        readonly [key: string]: unknown;
      } | null;
    };
    readonly SequenceGroupOrderByField:
      | "member_count"
      | "camera_name"
      | "azimuth"
      | "created_at"
      | "temporal_model_score";
    readonly SequenceGroupRead: {
      readonly id: number;
      readonly camera_id: number;
      readonly azimuth: number;
      readonly representative_bbox: components["schemas"]["RepresentativeBbox"];
      readonly smoke_type: components["schemas"]["SmokeType"] | null;
      readonly false_positive_type: components["schemas"]["FalsePositiveType"] | null;
      readonly is_unsure: boolean;
      readonly is_validated: boolean;
      readonly validated_at: string | null;
      readonly validated_by_user_id: number | null;
      readonly labeled_at: string | null;
      readonly labeled_by_user_id: number | null;
      readonly created_at: string;
      readonly updated_at: string | null;
    };
    readonly SequenceGroupReadWithMembers: {
      readonly id: number;
      readonly camera_id: number;
      readonly azimuth: number;
      readonly representative_bbox: components["schemas"]["RepresentativeBbox"];
      readonly smoke_type: components["schemas"]["SmokeType"] | null;
      readonly false_positive_type: components["schemas"]["FalsePositiveType"] | null;
      readonly is_unsure: boolean;
      readonly is_validated: boolean;
      readonly validated_at: string | null;
      readonly validated_by_user_id: number | null;
      readonly labeled_at: string | null;
      readonly labeled_by_user_id: number | null;
      readonly created_at: string;
      readonly updated_at: string | null;
      readonly members: readonly components["schemas"]["SequenceGroupMember"][];
    };
    readonly SequenceGroupStats: {
      readonly total: number;
      readonly validated: number;
      readonly unvalidated: number;
      readonly labeled: number;
      readonly unsure: number;
      readonly unlabeled: number;
    };
    readonly SequenceGroupThumbnail: {
      readonly detection_id: number;
      readonly url: string;
      readonly bbox_xyxyn?: readonly number[] | null;
    };
    readonly SequenceGroupUpdate: {
      readonly is_validated?: boolean | null;
    };
    readonly SequenceOrderByField: "created_at" | "recorded_at";
    readonly SequenceRead: {
      readonly azimuth: number | null;
      readonly id: number;
      readonly source_api: components["schemas"]["SourceApi"];
      readonly alert_api_id: number;
      readonly created_at: string;
      readonly recorded_at: string;
      readonly last_seen_at: string;
      readonly camera_name: string;
      readonly camera_id: number;
      readonly lat: number;
      readonly lon: number;
      readonly is_wildfire_alertapi: components["schemas"]["AnnotationType"] | null;
      readonly organisation_name: string;
      readonly organisation_id: number;
      readonly platform_alert_id: number;
      readonly sequence_group_id?: number | null;
      readonly temporal_model_score?: number | null;
      readonly temporal_model_version?: string | null;
      readonly temporal_api_version?: string | null;
      readonly is_manual: boolean;
    };
    readonly SequenceTemporalScoreUpdate: {
      readonly source_api: components["schemas"]["SourceApi"];
      readonly alert_api_id: number;
      readonly temporal_model_score: number | null;
      readonly temporal_model_version: string | null;
      readonly temporal_api_version: string | null;
    };
    readonly SmokeType: "wildfire" | "industrial" | "other";
    readonly SourceApi: "pyronear_french" | "alert_wildfire" | "api_cenia";
    readonly SourceApiRead: {
      readonly id: string;
      readonly name: string;
    };
    readonly UserCreate: {
      readonly username: string;
      readonly is_active: boolean;
      readonly is_superuser: boolean;
      readonly can_localize: boolean;
      readonly password: string;
    };
    readonly UserPasswordUpdate: {
      readonly password: string;
    };
    readonly UserRead: {
      readonly username: string;
      readonly is_active: boolean;
      readonly is_superuser: boolean;
      readonly can_localize: boolean;
      readonly id: number;
      readonly created_at: string;
      readonly updated_at?: string | null;
      readonly is_system: boolean;
    };
    readonly UserUpdate: {
      readonly username?: string | null;
      readonly is_active?: boolean | null;
      readonly is_superuser?: boolean | null;
      readonly can_localize?: boolean | null;
    };
    readonly ValidationError: {
      readonly loc: readonly (string | number)[];
      readonly msg: string;
      readonly type: string;
      readonly input?: unknown;
      readonly ctx?: Record<string, never>;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
