// Generated: npx openapi-typescript@7.13.0 test/fixtures/pyronear/platform-openapi.json --immutable; of it the schemas, without their prose. Do not edit.
export interface components {
  schemas: {
    readonly AlertCount: {
      readonly count: number;
    };
    readonly AlertReadWithSequences: {
      readonly organization_id: number;
      readonly lat?: number | null;
      readonly lon?: number | null;
      readonly started_at: string;
      readonly last_seen_at: string;
      readonly id: number;
      readonly sequences?: readonly components["schemas"]["SequenceRead"][];
    };
    readonly AnnotationType: "wildfire_smoke" | "other_smoke" | "other";
    readonly Body_create_detection_api_v1_detections__post: {
      readonly bboxes: string;
      readonly pose_id: number;
      readonly recorded_at?: string | null;
      readonly file: string;
      readonly crop?: readonly string[] | null;
    };
    readonly Body_login_with_creds_api_v1_login_creds_post: {
      readonly grant_type?: string | null;
      readonly username: string;
      readonly password: string;
      readonly scope: string;
      readonly client_id?: string | null;
      readonly client_secret?: string | null;
    };
    readonly Body_update_image_api_v1_cameras_image_patch: {
      readonly file: string;
    };
    readonly Body_update_pose_image_api_v1_poses__pose_id__image_patch: {
      readonly file: string;
    };
    readonly CameraCreate: {
      readonly elevation: number;
      readonly lat: number;
      readonly lon: number;
      readonly organization_id: number;
      readonly name: string;
      readonly angle_of_view: number;
      readonly is_trustable: boolean;
    };
    readonly CameraDeviceConfig: {
      readonly camera_ip?: string | null;
      readonly device_ip?: string | null;
    };
    readonly CameraEdit: {
      readonly elevation: number;
      readonly lat: number;
      readonly lon: number;
    };
    readonly CameraName: {
      readonly name: string;
    };
    readonly CameraOut: {
      readonly elevation: number;
      readonly lat: number;
      readonly lon: number;
      readonly organization_id: number;
      readonly name: string;
      readonly angle_of_view: number;
      readonly is_trustable: boolean;
      readonly id: number;
      readonly last_active_at: string | null;
      readonly last_image: string | null;
      readonly created_at: string;
      readonly poses?: readonly components["schemas"]["PoseReadWithoutImgInfo"][];
    };
    readonly CameraRead: {
      readonly elevation: number;
      readonly lat: number;
      readonly lon: number;
      readonly organization_id: number;
      readonly name: string;
      readonly angle_of_view: number;
      readonly is_trustable: boolean;
      readonly id: number;
      readonly last_active_at: string | null;
      readonly last_image: string | null;
      readonly created_at: string;
      readonly poses?: readonly components["schemas"]["PoseReadWithoutImgInfo"][];
      readonly last_image_url?: string | null;
    };
    readonly CameraTrustable: {
      readonly is_trustable: boolean;
    };
    readonly ClickToMoveRequest: {
      readonly click_x: number;
      readonly click_y: number;
    };
    readonly Cred: {
      readonly password: string;
    };
    readonly Detection: {
      readonly id?: number;
      readonly camera_id: number;
      readonly pose_id: number;
      readonly sequence_id?: number | null;
      readonly bucket_key: string;
      readonly crop_bucket_key?: string | null;
      readonly bbox: string;
      readonly others_bboxes?: string | null;
      readonly created_at?: string;
      readonly recorded_at?: string;
    };
    readonly DetectionRead: {
      readonly id?: number;
      readonly camera_id?: number;
      readonly pose_id?: number;
      readonly sequence_id?: number | null;
      readonly bucket_key?: string;
      readonly crop_bucket_key?: string | null;
      readonly bbox?: string;
      readonly others_bboxes?: string | null;
      readonly created_at?: string;
      readonly recorded_at?: string;
    };
    readonly DetectionUrl: {
      readonly url: string;
      readonly crop_url?: string | null;
    };
    readonly DetectionWithUrl: {
      readonly id?: number;
      readonly camera_id?: number;
      readonly pose_id?: number;
      readonly sequence_id?: number | null;
      readonly bucket_key?: string;
      readonly crop_bucket_key?: string | null;
      readonly bbox?: string;
      readonly others_bboxes?: string | null;
      readonly created_at?: string;
      readonly recorded_at?: string;
      readonly url: string;
      readonly crop_url?: string | null;
    };
    readonly GotoPresetRequest: {
      readonly pose_id: number;
      readonly speed: number;
    };
    readonly HTTPValidationError: {
      readonly detail?: readonly components["schemas"]["ValidationError"][];
    };
    readonly MoveByDegreesRequest: {
      readonly direction: "Left" | "Right" | "Up" | "Down";
      readonly degrees: number;
      readonly speed?: number | null;
    };
    readonly MoveForDurationRequest: {
      readonly direction: "Left" | "Right" | "Up" | "Down";
      readonly duration: number;
      readonly speed: number;
    };
    readonly OcclusionMaskCreate: {
      readonly pose_id: number;
      readonly mask: string;
    };
    readonly OcclusionMaskRead: {
      readonly id: number;
      readonly pose_id: number;
      readonly mask: string;
      readonly created_at: string;
    };
    readonly OcclusionMaskUpdate: {
      readonly mask: string;
    };
    readonly Organization: {
      readonly id?: number;
      readonly name: string;
      readonly telegram_id?: string | null;
      readonly slack_hook?: string | null;
    };
    readonly OrganizationCreate: {
      readonly name: string;
    };
    readonly Pose: {
      readonly id?: number;
      readonly camera_id: number;
      readonly azimuth: number;
      readonly patrol_id?: number | null;
      readonly active: boolean;
      readonly image?: string | null;
    };
    readonly PoseCreate: {
      readonly azimuth: number;
      readonly patrol_id?: number | null;
      readonly active: boolean;
      readonly camera_id: number;
    };
    readonly PoseRead: {
      readonly azimuth: number;
      readonly patrol_id?: number | null;
      readonly active: boolean;
      readonly id: number;
      readonly camera_id: number;
      readonly image: string | null;
      readonly image_url?: string | null;
    };
    readonly PoseReadWithoutImgInfo: {
      readonly azimuth: number;
      readonly patrol_id?: number | null;
      readonly active: boolean;
      readonly id: number;
      readonly camera_id: number;
    };
    readonly PoseUpdate: {
      readonly azimuth?: number | null;
      readonly patrol_id?: number | null;
      readonly active?: boolean | null;
    };
    readonly Role: "admin" | "agent" | "camera" | "user";
    readonly Sequence: {
      readonly id?: number;
      readonly camera_id: number;
      readonly pose_id?: number | null;
      readonly camera_azimuth: number;
      readonly is_wildfire?: components["schemas"]["AnnotationType"] | null;
      readonly sequence_azimuth?: number | null;
      readonly cone_angle?: number | null;
      readonly started_at: string;
      readonly last_seen_at: string;
      readonly max_conf?: number | null;
      readonly temporal_model_score?: number | null;
      readonly temporal_model_version?: string | null;
      readonly temporal_api_version?: string | null;
      readonly is_validated: boolean;
    };
    readonly SequenceLabel: {
      readonly is_wildfire: components["schemas"]["AnnotationType"];
    };
    readonly SequenceRead: {
      readonly id?: number;
      readonly camera_id?: number;
      readonly pose_id?: number | null;
      readonly camera_azimuth?: number;
      readonly is_wildfire?: components["schemas"]["AnnotationType"] | null;
      readonly sequence_azimuth?: number | null;
      readonly cone_angle?: number | null;
      readonly started_at?: string;
      readonly last_seen_at?: string;
      readonly max_conf?: number | null;
      readonly temporal_model_score?: number | null;
      readonly temporal_model_version?: string | null;
      readonly temporal_api_version?: string | null;
      readonly is_validated?: boolean;
      readonly detections_count: number;
    };
    readonly SlackHook: {
      readonly slack_hook: string;
    };
    readonly StartMoveRequest: {
      readonly direction: "Left" | "Right" | "Up" | "Down";
      readonly speed: number;
    };
    readonly TelegramChannelId: {
      readonly telegram_id?: string | null;
    };
    readonly Token: {
      readonly access_token: string;
      readonly token_type: string;
    };
    readonly TokenPayload: {
      readonly sub: number;
      readonly scopes: readonly components["schemas"]["Role"][];
      readonly organization_id: number;
    };
    readonly User: {
      readonly id?: number;
      readonly organization_id: number;
      readonly role: components["schemas"]["UserRole"];
      readonly login: string;
      readonly hashed_password: string;
      readonly created_at?: string;
    };
    readonly UserCreate: {
      readonly role: components["schemas"]["UserRole"];
      readonly login: string;
      readonly password: string;
      readonly organization_id: number;
    };
    readonly UserRole: "admin" | "agent" | "user";
    readonly ValidationError: {
      readonly loc: readonly (string | number)[];
      readonly msg: string;
      readonly type: string;
      readonly input?: unknown;
      readonly ctx?: Record<string, never>;
    };
    readonly Webhook: {
      readonly id?: number;
      readonly url: string;
    };
    readonly WebhookCreate: {
      readonly url: string;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
